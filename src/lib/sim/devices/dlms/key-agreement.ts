/**
 * The method of a simulated security setup that agrees on new keys with its client (IEC
 * 62056-6-2:2021 clause 4.4.7). Knows curves, so that meters of suite 0 do without; `electricity-
 * meter.ts` takes it as an option.
 */
import {
  answerRekey,
  type AgreedKey,
  type RekeyOptions,
} from '../../../meters/dlms/suites/rekey.ts';
import { RESULT, type CallMethod } from './objects.ts';

/** `onKeys` gets what was agreed; the device uses it from the next association on. */
export const agreeKeysBy =
  (options: RekeyOptions, onKeys: (keys: readonly AgreedKey[]) => void): CallMethod =>
  (parameter) => {
    const agreed = answerRekey(parameter, options);
    if (!agreed.ok) return { status: RESULT.denied, data: null };
    onKeys(agreed.value.keys);
    return { status: RESULT.success, data: agreed.value.answer };
  };
