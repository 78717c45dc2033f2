/**
 * A tariff as data: zones of the week, blocks of volume, standing charges.
 *
 * It knows what a published price list may say and checks that one says it completely; it knows no
 * customer and no reading. Rating (rate.ts), the seed and the tariff editor call it.
 */
import { z } from 'zod/mini';
import { parseDecimal } from '#lib/base/decimal.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import type { Resource } from '#lib/domain/resource.ts';

const ZDecimal = z.string().check(z.regex(/^\d{1,9}([.]\d{1,9})?$/));

/** S-20: at most six tariff zones. */
export const MAX_ZONES = 6;
/** Eight blocks of volume (S-20 with S-26). */
export const MAX_BLOCKS = 8;

const ZBlock = z.object({
  /** Upper end in `unit` a month, counted over the zone; null = no end. */
  upTo: z.nullable(ZDecimal),
  /** Money per `unit`. */
  price: ZDecimal,
});

const ZZone = z.object({
  /** 1..6, as the tariff registers of the meter. */
  zone: z.int().check(z.gte(1), z.lte(MAX_ZONES)),
  name: z.optional(z.string()),
  blocks: z.array(ZBlock).check(z.minLength(1), z.maxLength(MAX_BLOCKS)),
});

/** Hours `[from, to)` of these weekdays (Monday 0) belong to `zone`; the rest to the first zone. */
const ZBand = z.object({
  days: z.array(z.int().check(z.gte(0), z.lte(6))),
  from: z.int().check(z.gte(0), z.lte(23)),
  to: z.int().check(z.gte(1), z.lte(24)),
  zone: z.int(),
});

export const ZTariffBody = z.object({
  v: z.literal(1),
  unit: z.enum(['kWh', 'MWh', 'Gcal', 'm3']),
  zones: z.array(ZZone).check(z.minLength(1), z.maxLength(MAX_ZONES)),
  week: z.array(ZBand),
  standing: z.array(
    z.object({ code: z.string(), amount: ZDecimal, per: z.enum(['month', 'day']) }),
  ),
});
export type TariffBody = z.infer<typeof ZTariffBody>;

export type Tariff = {
  readonly resource: Resource;
  readonly currency: string;
  /** Civil dates, half-open; null = still valid. */
  readonly validFrom: string;
  readonly validTo: string | null;
  readonly body: TariffBody;
};

/** Register units (Wh, litres) in one priced unit, as a fraction: 1 Gcal = 1 163 000 Wh (IT). */
export const UNITS_PER_PRICED: Readonly<Record<TariffBody['unit'], bigint>> = {
  kWh: 1000n,
  MWh: 1_000_000n,
  Gcal: 1_163_000n,
  m3: 1000n,
};

/** Reads a body from storage or an upload. Errors: `bad_tariff` naming what is missing. */
export function parseTariffBody(raw: unknown): Result<TariffBody> {
  const parsed = ZTariffBody.safeParse(raw);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    return fault('bad_tariff', `${issue.path.join('.')}: ${issue.message}`);
  }
  const body = parsed.data;
  const zones = new Set(body.zones.map((zone) => zone.zone));
  if (zones.size !== body.zones.length) return fault('bad_tariff', 'A zone appears twice.');
  for (const band of body.week) {
    if (!zones.has(band.zone)) return fault('bad_tariff', `Zone ${band.zone} has no price.`);
    if (band.from >= band.to)
      return fault('bad_tariff', 'A band of the week ends before it begins.');
  }
  for (const { zone, blocks } of body.zones) {
    const ends = blocks.map(({ upTo }) => (upTo === null ? null : Number(upTo)));
    if (ends.at(-1) !== null) return fault('bad_tariff', `Zone ${zone} has no last block.`);
    for (let i = 0; i + 1 < ends.length; i++) {
      const [end, next] = [ends[i]!, ends[i + 1]!];
      if (end === null || (next !== null && next <= end)) {
        return fault('bad_tariff', `The blocks of zone ${zone} do not rise.`);
      }
    }
  }
  return ok(body);
}

/** Zone of an hour of the week; `weekday` is Monday 0. */
export function zoneAt(body: TariffBody, weekday: number, hour: number): number {
  for (const band of body.week) {
    if (band.days.includes(weekday) && hour >= band.from && hour < band.to) return band.zone;
  }
  return body.zones[0]!.zone;
}

/** The tariff that is in force on a civil date; undefined when none was published. */
export const tariffOn = (tariffs: readonly Tariff[], date: string): Tariff | undefined =>
  tariffs.find((t) => t.validFrom <= date && (t.validTo === null || date < t.validTo));

/** A checked decimal of a tariff: ZTariffBody has proved that it parses. */
export function amountOf(text: string): { units: bigint; scale: number } {
  const parsed = parseDecimal(text);
  return parsed.ok ? parsed.value : { units: 0n, scale: 0 };
}
