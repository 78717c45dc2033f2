/**
 * Numbers by which a meter refuses (IEC 62056-5-3:2017 clause 8): results of data access and of
 * actions, and the diagnostics of an association.
 */

/** IEC 62056-5-3:2017 clause 8: the numbers that both enumerations share. */
const COMMON_RESULTS: readonly (readonly [number, string])[] = [
  [0, 'success'],
  [1, 'hardware-fault'],
  [2, 'temporary-failure'],
  [3, 'read-write-denied'],
  [4, 'object-undefined'],
  [9, 'object-class-inconsistent'],
  [11, 'object-unavailable'],
  [12, 'type-unmatched'],
  [13, 'scope-of-access-violated'],
  [14, 'data-block-unavailable'],
  [250, 'other-reason'],
];

/** IEC 62056-5-3:2017 clause 8, `Data-Access-Result`. */
export const ACCESS_RESULTS: ReadonlyMap<number, string> = new Map([
  ...COMMON_RESULTS,
  [15, 'long-get-aborted'],
  [16, 'no-long-get-in-progress'],
  [17, 'long-set-aborted'],
  [18, 'no-long-set-in-progress'],
  [19, 'data-block-number-invalid'],
]);

/** IEC 62056-5-3:2017 clause 8, `Action-Result`. */
export const ACTION_RESULTS: ReadonlyMap<number, string> = new Map([
  ...COMMON_RESULTS,
  [15, 'long-action-aborted'],
  [16, 'no-long-action-in-progress'],
]);

/** IEC 62056-5-3:2017 clause 8, `Associate-source-diagnostic`, acse-service-user. */
export const DIAGNOSTICS: ReadonlyMap<number, string> = new Map([
  [0, 'null'],
  [1, 'no-reason-given'],
  [2, 'application-context-name-not-supported'],
  [3, 'calling-ap-title-not-recognized'],
  [4, 'calling-ap-invocation-identifier-not-recognized'],
  [5, 'calling-ae-qualifier-not-recognized'],
  [6, 'calling-ae-invocation-identifier-not-recognized'],
  [7, 'called-ap-title-not-recognized'],
  [8, 'called-ap-invocation-identifier-not-recognized'],
  [9, 'called-ae-qualifier-not-recognized'],
  [10, 'called-ae-invocation-identifier-not-recognized'],
  [11, 'authentication-mechanism-name-not-recognised'],
  [12, 'authentication-mechanism-name-required'],
  [13, 'authentication-failure'],
  [14, 'authentication-required'],
]);
