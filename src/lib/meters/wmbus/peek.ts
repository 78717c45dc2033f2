/**
 * Whose telegram is this? Reads only the headers, so that a phone can match hundreds of telegrams
 * with the rows of a round without keys. Knows the order of the layers; called by the reader's app
 * and the head-end's address filter.
 */
import { readTpl } from '../mbus/tpl.ts';
import type { DeviceAddress } from '../telegram.ts';
import { AFL_CI, readAfl } from './afl.ts';
import { isEll, readEll } from './ell.ts';
import { LINK_HEADER, readLink, stripLink } from './link.ts';

export type Peek = {
  /** The meter: its transport address when it stands in clear, else the link address. */
  readonly device: DeviceAddress;
  /** Who sent: the meter itself or its radio adapter. */
  readonly sender: DeviceAddress;
  /** Access number, to recognise repetitions; null when it is encrypted. */
  readonly access: number | null;
};

/** Null when the bytes are no telegram: too short or with a wrong CRC in the first block. */
export function peekAddress(bytes: Uint8Array): Peek | null {
  const { frame, format, fault } = stripLink(bytes);
  if (frame.length < LINK_HEADER || fault?.code === 'bad_crc') return null;
  const sender = readLink(frame, format).address;
  let at = LINK_HEADER;
  let access: number | null = null;
  if (isEll(frame[at])) {
    const ell = readEll(frame, at);
    if (!ell.ok) return { device: sender, sender, access };
    access = ell.value.access;
    if (ell.value.session !== null) return { device: sender, sender, access };
    at = ell.value.end;
  }
  if (frame[at] === AFL_CI) {
    const afl = readAfl(frame, at);
    // Behind a later fragment there is the middle of a message, no header.
    if (!afl.ok || afl.value.fragment > 1) return { device: sender, sender, access: null };
    at = afl.value.end;
  }
  const tpl = readTpl(frame, at);
  if (!tpl.ok) return { device: sender, sender, access };
  if (tpl.value.kind !== 'none') access = tpl.value.access;
  return { device: tpl.value.address ?? sender, sender, access };
}
