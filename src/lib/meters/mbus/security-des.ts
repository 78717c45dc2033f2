/**
 * Security modes 2 and 3: DES in CBC mode, as meters from before AES send it (EN 13757-3:2004
 * clause 5.12). The low byte of the configuration word counts the encrypted bytes. Called by
 * `security.ts`.
 *
 * | mode | vector                                         | proof       |
 * | 2    | zero                                           | two fillers |
 * | 3    | number 4, manufacturer 2, day of the meter 2   | two fillers |
 */
import { concatBytes } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { DES_BLOCK, desCbcDecrypt, desCbcEncrypt } from '../crypto/des.ts';
import { encodeDate } from './dates.ts';
import type { Tpl } from './tpl.ts';

type DesInput = {
  readonly tpl: Pick<Tpl, 'mode' | 'blocks'>;
  readonly body: Uint8Array;
  /** Eight address bytes in link order. */
  readonly address: Uint8Array;
  readonly day?: string | undefined;
};

export const isDes = (mode: number): boolean => mode === 2 || mode === 3;
const FILLER = 0x2f;

/** Null: mode 3 without the day. */
function vectorOf({ tpl, address, day }: DesInput): Uint8Array | null {
  if (tpl.mode === 2) return new Uint8Array(DES_BLOCK);
  const date = day === undefined ? null : encodeDate(day);
  if (date?.length !== 2) return null;
  return concatBytes(address.subarray(2, 6), address.subarray(0, 2), date);
}

/** Errors: `bad_key`, `truncated`, `no_day`, `wrong_key`. */
export function openDes(input: DesInput, key: Uint8Array): Result<Uint8Array> {
  const { tpl, body } = input;
  if (key.length !== DES_BLOCK) return fault('bad_key', 'A DES key has 8 bytes.');
  const length = tpl.blocks * DES_BLOCK;
  if (length > body.length) {
    return fault('truncated', `${length} bytes should be encrypted, ${body.length} came.`);
  }
  const iv = vectorOf(input);
  if (!iv) return fault('no_day', 'Security mode 3 needs the day on which the meter sent.');
  const clear = desCbcDecrypt(key, iv, body.subarray(0, length));
  if (clear[0] !== FILLER || clear[1] !== FILLER) {
    return fault('wrong_key', 'The key does not open this telegram.');
  }
  return ok(concatBytes(clear, body.subarray(length)));
}

/** Twin of `openDes` for a padded body; without a day mode 3 stays in clear. */
export function sealDes(input: DesInput, key: Uint8Array): Uint8Array {
  const iv = vectorOf(input);
  return iv ? desCbcEncrypt(key, iv, input.body) : input.body;
}
