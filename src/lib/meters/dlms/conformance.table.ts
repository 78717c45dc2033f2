/**
 * The bits of the conformance block, bit 0 first (IEC 62056-5-3:2017 clause 7.3.1, table 7).
 */
export const CONFORMANCE: readonly (readonly [bit: number, name: string])[] = [
  [0, 'reserved-zero'],
  [1, 'general-protection'],
  [2, 'general-block-transfer'],
  [3, 'read'],
  [4, 'write'],
  [5, 'unconfirmed-write'],
  [6, 'delta-value-encoding'],
  [7, 'reserved-seven'],
  [8, 'attribute-0-supported-with-set'],
  [9, 'priority-management-supported'],
  [10, 'attribute-0-supported-with-get'],
  [11, 'block-transfer-with-get-or-read'],
  [12, 'block-transfer-with-set-or-write'],
  [13, 'block-transfer-with-action'],
  [14, 'multiple-references'],
  [15, 'information-report'],
  [16, 'data-notification'],
  [17, 'access'],
  [18, 'parameterized-access'],
  [19, 'get'],
  [20, 'set'],
  [21, 'selective-access'],
  [22, 'event-notification'],
  [23, 'action'],
];
