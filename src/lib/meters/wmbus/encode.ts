/**
 * The twin of `decode.ts`: builds a telegram as a meter sends it, for the simulator and the
 * round-trip tests. Knows the same layers; it makes no choice a meter would not state in `input`.
 */
import { assert } from '#lib/base/assert.ts';
import { concatBytes } from '#lib/base/bytes.ts';
import { writeLinkAddress } from '../mbus/address.ts';
import {
  DERIVE_AUTHENTICATION,
  deriveKey,
  padPayload,
  sealPayload,
  TAG_SIZES,
} from '../mbus/security.ts';
import { isDes } from '../mbus/security-des.ts';
import { writeTpl } from '../mbus/tpl.ts';
import type { DeviceAddress } from '../telegram.ts';
import { aflMac, MCL_CMAC8_LENGTH, writeAfl, writeAflCounter, writeAflFields } from './afl.ts';
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
  /** Transport security; all but mode 0 need `key`. */
  readonly mode?: 0 | 2 | 3 | 5 | 7 | 8 | 9 | 10;
  readonly key?: Uint8Array;
  /** `YYYY-MM-DD`, for mode 3. */
  readonly day?: string;
  /** Message counter of modes 7 to 10. */
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

/**
 * Configuration word: mode in bits 8 to 12, encrypted blocks in bits 4 to 7 (clause 7.5.8), or
 * encrypted bytes in bits 0 to 7 (modes 2 and 3).
 */
function configOf(mode: number, size: number): number {
  if (!isBlockMode(mode) && !isDes(mode)) return mode << 8;
  assert(size <= 240, 'modes 2, 3, 5 and 7 encrypt at most 240 bytes');
  return (mode << 8) | (isDes(mode) ? size : (size / 16) << 4);
}

/** CFE of the modes with a derived key: derivation function 1, key id 0 (clause 7.6.5). */
const CFE_KDF1 = 0x10;

const isBlockMode = (mode: number): boolean => mode === 5 || mode === 7;

/** Transport header and sealed application. */
function innerPart(input: TelegramInput): Uint8Array {
  const { mode = 0, key = null, counter = 0, ci, access, status = 0 } = input;
  assert(mode === 0 || key, 'an encrypted telegram needs a key');
  const address = writeLinkAddress(input.meter ?? input.sender);
  const body = mode === 0 ? input.payload : padPayload(input.payload);
  const config = configOf(mode, body.length);
  const extension = mode >= 7 ? CFE_KDF1 : undefined;
  const header = writeTpl({ ci, address: input.meter, access, status, config, extension });
  const tpl = { mode, blocks: 0, access };
  const { day } = input;
  return concatBytes(header, sealPayload({ tpl, body, key, address, counter, header, day }));
}

const authenticationKey = ({ key, counter = 0, meter, sender }: TelegramInput): Uint8Array =>
  deriveKey(key!, DERIVE_AUTHENTICATION, { counter, address: writeLinkAddress(meter ?? sender) });

/** The same with the authentication layer in front, where the mode wants a message counter. */
function transportPart(input: TelegramInput): Uint8Array {
  const { mode = 0, counter = 0 } = input;
  const inner = innerPart(input);
  if (mode < 7) return inner;
  const hasTag = TAG_SIZES[mode] !== undefined;
  const layer = hasTag
    ? writeAflCounter(counter)
    : writeAfl(authenticationKey(input), counter, inner);
  return concatBytes(layer, inner);
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

/**
 * The telegrams of one message in `count` fragments, in order: counter and length in the first, the
 * MAC over all in the last (EN 13757-7:2018 clause 6.3). For modes 7 and 8.
 */
export function encodeFragments(input: TelegramInput, count: number): readonly Uint8Array[] {
  const { counter = 0 } = input;
  const inner = innerPart(input);
  const whole = { messageControl: MCL_CMAC8_LENGTH, counter, messageLength: inner.length };
  const mac = aflMac(authenticationKey(input), whole, inner).subarray(0, 8);
  const size = Math.ceil(inner.length / count);
  return Array.from({ length: count }, (_, i) => {
    const layer = writeAflFields({
      fragment: i + 1,
      moreFragments: i + 1 < count,
      ...(i === 0 && whole),
      ...(i + 1 === count && { mac }),
    });
    const content = concatBytes(
      Uint8Array.of(input.control ?? SND_NR),
      writeLinkAddress(input.sender),
      linkPart(input, concatBytes(layer, inner.subarray(i * size, (i + 1) * size))),
    );
    return buildLink(content, input.format);
  });
}
