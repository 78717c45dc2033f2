/** Dates and times as files write them. Knows notations and the organisation's zone. */
import type { Instant } from '#lib/base/interval.ts';
import { zoneOffsetMs } from '#lib/base/civil.ts';

const CLOCK = /(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?)?/.source;
const ISO = new RegExp(`^(\\d{4})-(\\d{2})-(\\d{2})${CLOCK}(Z|[+-]\\d{2}:?\\d{2})?$`);
const DOTTED = /^(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?$/;

/**
 * `2026-11-21`, `2026-11-21 14:05`, `2026-11-21T14:05:00+03:00`, `21.11.2026 14:05`; without an
 * offset it is the wall clock of `zone`. Null when it is none of them or no such day exists.
 */
export function parseTime(text: string, zone: string): Instant | null {
  const iso = ISO.exec(text.trim());
  if (iso) {
    const [, y, m, d, h, min, s, offset] = iso;
    return instantOf([y, m, d, h, min, s], offset ?? null, zone);
  }
  const dotted = DOTTED.exec(text.trim());
  if (!dotted) return null;
  const [, d, m, y, h, min, s] = dotted;
  return instantOf([y, m, d, h, min, s], null, zone);
}

function instantOf(
  parts: readonly (string | undefined)[],
  offset: string | null,
  zone: string,
): Instant | null {
  const [y, m, d, h, min, s] = parts.map((part) => Number(part ?? 0)) as [number, ...number[]];
  const wall = Date.UTC(y, m! - 1, d, h, min, s);
  const back = new Date(wall);
  // 31 April and 25:00 roll over in Date.UTC; they are mistakes of the file.
  const exists =
    back.getUTCMonth() === m! - 1 && back.getUTCDate() === d && back.getUTCHours() === h;
  if (!exists || min! > 59 || s! > 59) return null;
  if (offset === 'Z') return wall;
  if (offset) {
    const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2));
    return wall - (offset[0] === '-' ? -minutes : minutes) * 60_000;
  }
  // Two rounds settle the hour beside a change of clocks.
  const at = wall - zoneOffsetMs(wall, zone);
  return wall - zoneOffsetMs(at, zone);
}
