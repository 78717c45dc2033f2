/**
 * From consumption to the lines of a bill. Exact decimals until a line is finished; each line is
 * rounded once to hundredths, half away from zero, and the total is the sum of rounded lines, which
 * is how a customer adds up a bill.
 */
import { addDays, civilMonth, daysInMonth, weekday, type CivilDate } from '#lib/base/civil.ts';
import { multiplyDecimal, rescale, type Decimal } from '#lib/base/decimal.ts';
import {
  amountOf,
  tariffOn,
  UNITS_PER_PRICED,
  zoneAt,
  type Tariff,
  type TariffBody,
} from './tariff.ts';

/** Use of one civil day in register units; `hours` has the same total when it is known. */
export type DayUse = {
  readonly date: CivilDate;
  readonly used: number;
  /** By wall-clock hour 0..23; absent = the day is priced in its first zone. */
  readonly hours?: readonly number[];
};

export type BillLine =
  | {
      readonly kind: 'use';
      readonly zone: number;
      /** Block counted from 1. */
      readonly block: number;
      /** Register units (Wh, litres). */
      readonly units: number;
      readonly unit: TariffBody['unit'];
      readonly price: string;
      readonly minor: number;
    }
  | {
      readonly kind: 'standing';
      readonly code: string;
      readonly days: number;
      readonly minor: number;
    };

export type Rated = { readonly lines: readonly BillLine[]; readonly totalMinor: number };

/**
 * Rates the days of ONE civil month by the tariffs in force on each. Block limits count the month.
 * Days without a tariff are left out and reported. `standingTo` is the last civil day (exclusive)
 * that standing charges are counted for; by default the day after the last day of use.
 */
export function rateMonth(
  days: readonly DayUse[],
  tariffs: readonly Tariff[],
  standingTo?: CivilDate,
): Rated & { readonly unpricedDays: number } {
  const lines: BillLine[] = [];
  let unpricedDays = 0;
  for (const { tariff, days: own } of byTariff(days, tariffs)) {
    if (tariff) lines.push(...useLines(tariff.body, own));
    else unpricedDays += own.length;
  }
  lines.push(...standingLines(days, tariffs, standingTo));
  const totalMinor = lines.reduce((sum, line) => sum + line.minor, 0);
  return { lines, totalMinor, unpricedDays };
}

function byTariff(
  days: readonly DayUse[],
  tariffs: readonly Tariff[],
): { tariff: Tariff | undefined; days: DayUse[] }[] {
  const groups: { tariff: Tariff | undefined; days: DayUse[] }[] = [];
  for (const day of days) {
    const tariff = tariffOn(tariffs, day.date);
    const last = groups.at(-1);
    if (last && last.tariff === tariff) last.days.push(day);
    else groups.push({ tariff, days: [day] });
  }
  return groups;
}

function useLines(body: TariffBody, days: readonly DayUse[]): BillLine[] {
  const byZone = new Map<number, number>();
  for (const day of days) {
    const wday = weekday(day.date);
    if (!day.hours || body.week.length === 0) {
      const zone = body.zones[0]!.zone;
      byZone.set(zone, (byZone.get(zone) ?? 0) + day.used);
      continue;
    }
    day.hours.forEach((used, hour) => {
      const zone = zoneAt(body, wday, hour);
      byZone.set(zone, (byZone.get(zone) ?? 0) + used);
    });
  }
  const lines: BillLine[] = [];
  for (const { zone, blocks } of body.zones) {
    let left = byZone.get(zone) ?? 0;
    let below = 0;
    for (const [i, { upTo, price }] of blocks.entries()) {
      const end = upTo === null ? Infinity : unitsOf(upTo, body.unit);
      const units = Math.max(0, Math.min(left, end - below));
      if (units > 0) lines.push(useLine(body, { zone, block: i + 1, units, price }));
      left -= units;
      below = end;
    }
  }
  return lines;
}

/** Block limits are whole or decimal priced units; register units are always whole. */
function unitsOf(amount: string, unit: TariffBody['unit']): number {
  const { units, scale } = amountOf(amount);
  return Number(rescale({ units: units * UNITS_PER_PRICED[unit], scale }, 0).units);
}

function useLine(
  body: TariffBody,
  of: { zone: number; block: number; units: number; price: string },
): BillLine {
  const minor = priceUnits(of.units, of.price, body.unit);
  return { kind: 'use', ...of, unit: body.unit, minor };
}

/** `units / perPriced * price` in hundredths; divides last, so nothing is rounded twice. */
function priceUnits(units: number, price: string, unit: TariffBody['unit']): number {
  const per = UNITS_PER_PRICED[unit];
  const product: Decimal = multiplyDecimal({ units: BigInt(units), scale: 0 }, amountOf(price));
  const hundredths = { units: product.units * 100n, scale: product.scale };
  // One division with rounding half away from zero: numerator / (per * 10^-scale).
  const below = per * 10n ** BigInt(-Math.min(0, hundredths.scale));
  return Number((hundredths.units + below / 2n) / below);
}

function standingLines(
  days: readonly DayUse[],
  tariffs: readonly Tariff[],
  standingTo: CivilDate | undefined,
): BillLine[] {
  const [first, last] = [days[0], days.at(-1)];
  if (!first || !last) return [];
  const end = standingTo ?? addDays(last.date, 1);
  const counted = new Map<string, { code: string; tariff: Tariff; days: number }>();
  for (let date = first.date; date < end; date = addDays(date, 1)) {
    const tariff = tariffOn(tariffs, date);
    for (const { code } of tariff?.body.standing ?? []) {
      const key = `${tariff!.validFrom}|${code}`;
      const row = counted.get(key) ?? { code, tariff: tariff!, days: 0 };
      row.days++;
      counted.set(key, row);
    }
  }
  const inMonth = BigInt(daysInMonth(civilMonth(first.date)));
  return [...counted.values()].map(({ code, tariff, days: n }) => {
    const charge = tariff.body.standing.find((s) => s.code === code)!;
    const { units, scale } = amountOf(charge.amount);
    const share = charge.per === 'day' ? 1n : inMonth;
    const below = share * 10n ** BigInt(-Math.min(0, scale));
    const minor = Number((units * 100n * BigInt(n) + below / 2n) / below);
    return { kind: 'standing', code, days: n, minor };
  });
}
