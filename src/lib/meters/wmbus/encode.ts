/**
 * The twin of `decode.ts`: builds a telegram as a meter sends it, for the simulator and the
 * round-trip tests. Knows the same layers; it makes no choice a meter would not state in `input`.
 */
import { assert } from '#lib/base/assert.ts';
import { concatBytes } from '#lib/base/bytes.ts';
import { writeLinkAddress } from '../mbus/address.ts';
import { DERIVE_AUTHENTICATION, deriveKey, padPayload, sealPayload } from '../mbus/security.ts';
import { writeTpl } from '../mbus/tpl.ts';
import type { DeviceAddress } from '../telegram.ts';
import { writeAfl } from './afl.ts';
import { sealEll, writeEll } from './ell.ts';
import { buildLink, type LinkFormat } from './link.ts';

export type TelegramInput = {
  readonly format: LinkFormat;
  /** Address in the link header: the meter or its radio adapter. */
  readonly sender: DeviceAddress;
  /** C field, 44h (SND_NR) when absent. */
  readonly control?: number;
  /** 7Ah short, 72h long, 78h none, 79h/7Bh compact. */
  readonly ci: number;
  /** The meter's own address, for a long header. */
  readonly meter?: DeviceAddress;
  readonly access: number;
  readonly status?: number;
  /** Records in clear, from `encodeRecords` or `encodeCompact`. */
  readonly payload: Uint8Array;
  /** Transport security: mode 0, 5 or 7; 5 and 7 need `key`. */
  readonly mode?: 0 | 5 | 7;
  readonly key?: Uint8Array;
  /** Message counter of mode 7. */
  readonly counter?: number;
  /** Extended link layer 8Ch, or 8Dh with a session number; `encrypted` seals it with `key`. */
  readonly ell?: {
    readonly communicationControl: number;
    readonly session?: number;
    readonly encrypted?: boolean;
    /** Makes it 8Eh or 8Fh: whom the telegram is for. */
    readonly target?: DeviceAddress;
  };
};

/** Configuration word: mode in bits 8 to 12, encrypted blocks in bits 4 to 7 (clause 7.5.8). */
const configOf = (mode: number, blocks: number): number => (mode << 8) | ((blocks & 15) << 4);

/** CFE of mode 7: key derivation function 1, key id 0 (EN 13757-7:2018 clause 7.6.5). */
const CFE_KDF1 = 0x10;

/** Transport header and application, with the authentication layer in front for mode 7. */
function transportPart(input: TelegramInput): Uint8Array {
  const { mode = 0, key = null, counter = 0, ci, access, status = 0 } = input;
  assert(mode === 0 || key, 'an encrypted telegram needs a key');
  const address = writeLinkAddress(input.meter ?? input.sender);
  const body = mode === 0 ? input.payload : padPayload(input.payload);
  const blocks = mode === 0 ? 0 : body.length / 16;
  assert(blocks <= 15, 'modes 5 and 7 encrypt at most 15 blocks');
  const sealed = sealPayload({ tpl: { mode, blocks, access }, body, key, address, counter });
  const config = configOf(mode, blocks);
  const extension = mode === 7 ? CFE_KDF1 : undefined;
  const header = writeTpl({ ci, address: input.meter, access, status, config, extension });
  const inner = concatBytes(header, sealed);
  if (mode !== 7 || !key) return inner;
  const macKey = deriveKey(key, DERIVE_AUTHENTICATION, { counter, address });
  return concatBytes(writeAfl(macKey, counter, inner), inner);
}

/** Puts the extended link layer around `inner`. */
function linkPart(input: TelegramInput, inner: Uint8Array): Uint8Array {
  if (!input.ell) return inner;
  const { communicationControl, session, encrypted, target } = input.ell;
  const head = writeEll({ communicationControl, access: input.access, target, session });
  if (session === undefined) return concatBytes(head, inner);
  const vector = { address: writeLinkAddress(input.sender), communicationControl, session };
  const key = encrypted ? (input.key ?? null) : null;
  return concatBytes(head, sealEll(inner, vector, key));
}

const SND_NR = 0x44;

/** The bytes on the air from the L field on, with the link CRCs that `format` asks for. */
export function encodeTelegram(input: TelegramInput): Uint8Array {
  const content = concatBytes(
    Uint8Array.of(input.control ?? SND_NR),
    writeLinkAddress(input.sender),
    linkPart(input, transportPart(input)),
  );
  return buildLink(content, input.format);
}
