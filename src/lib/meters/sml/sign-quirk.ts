/**
 * Some DZG meters send positive power in too few bytes: 356.24 W as the two bytes 8B28h of a signed
 * number, which the standard reads as -299.12 W (SML 1.04 clause 6.3.1: integers are two's
 * complement). One telegram cannot tell which is meant. Two can: when import grew and export stood
 * still in between, the power was positive. Knows nothing else; called by whoever keeps the file
 * before.
 */
import type { SmlEntry } from './list.ts';
import { formatDecimal, type Decimal } from '#lib/base/decimal.ts';

/** FLAG id of the maker inside the server id: 0A 01 "DZG". */
const DZG = [0x0a, 0x01, 0x44, 0x5a, 0x47];
const [POWER, IMPORT, EXPORT] = ['1-0:16.7.0*255', '1-0:1.8.0*255', '1-0:2.8.0*255'] as const;
const SHORT = 4;

type Seen = { readonly serverId: Uint8Array | null; readonly entries: readonly SmlEntry[] };

const rawOf = ({ entries }: Seen, obis: string): bigint | null => {
  const content = entries.find((entry) => entry.obis === obis)?.content;
  return content?.kind === 'number' ? content.raw : null;
};

const sameServer = (a: Seen, b: Seen): boolean =>
  a.serverId !== null && String([...a.serverId]) === String([...(b.serverId ?? [])]);

/** The power that was meant, when both files together prove it; else null. */
export function provenPower(before: Seen, now: Seen): Decimal | null {
  const isDzg = DZG.every((byte, i) => now.serverId?.[i] === byte);
  if (!isDzg || !sameServer(before, now)) return null;
  const power = now.entries.find(({ obis }) => obis === POWER);
  if (power?.content.kind !== 'number' || power.content.raw >= 0n) return null;
  const { size, raw } = power.content;
  if (size >= SHORT) return null;
  const [importBefore, importNow] = [rawOf(before, IMPORT), rawOf(now, IMPORT)];
  if (importBefore === null || importNow === null || importNow <= importBefore) return null;
  if (rawOf(before, EXPORT) !== rawOf(now, EXPORT)) return null;
  return { units: BigInt.asUintN(8 * size, raw), scale: power.scaler };
}

/** For logs: `1-0:16.7.0*255 means 356.24`. */
export const describeProof = (power: Decimal): string => `${POWER} means ${formatDecimal(power)}`;
