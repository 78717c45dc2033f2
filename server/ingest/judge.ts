/**
 * From what somebody claims to what is stored: decoded again, judged, with its quality.
 *
 * It knows meters' facts, keys and past; it writes nothing. Called by pipeline.ts inside a
 * transaction of one organisation.
 */
import type pg from 'pg';
import { parseDecimal, rescale, type Decimal } from '#lib/base/decimal.ts';
import type { Instant } from '#lib/base/interval.ts';
import { packStatus } from '#lib/domain/reading.ts';
import { registerType } from '#lib/domain/register-types.table.ts';
import type { MeterReport } from '#lib/meters/mbus/state.ts';
import { validateReading } from '#lib/vee/validate.ts';
import { readLastBeforeEach, readUsualPerDay } from '#server/readings/service.ts';
import type { NewReading } from '#server/readings/types.ts';
import { openMeterKeys } from '#server/registry/keys.ts';
import { meterFacts, type MeterFacts } from '#server/registry/meter-facts.ts';
import { decodeRaw, type Remembered } from './decode-raw.ts';
import type { IngestReject, IngestRow } from './types.ts';
import { fromVee, quarantineOf, type Verdict } from './verdicts.ts';

export type JudgedRow = {
  readonly row: number;
  readonly input: IngestRow;
  readonly reading: NewReading;
  readonly verdicts: readonly Verdict[];
  readonly quarantine: Verdict | null;
  /** What the meter says about itself in the same bytes. */
  readonly reports: readonly MeterReport[];
  /** What it kept of earlier months, in the same bytes. */
  readonly remembered: readonly Remembered[];
};

export type JudgedBatch = {
  readonly accepted: readonly JudgedRow[];
  readonly rejected: readonly IngestReject[];
};

type Known = {
  readonly facts: ReadonlyMap<number, MeterFacts>;
  readonly keys: ReadonlyMap<number, readonly Uint8Array[]>;
};

/** Reject codes: `unknown-meter`, `unknown-register`, `bad-value`, `undecodable`. */
export async function judgeRows(
  client: pg.ClientBase,
  rows: readonly IngestRow[],
  deps: { readonly masterKey: string; readonly now: Instant },
): Promise<JudgedBatch> {
  const withRaw = rows.filter((row) => row.raw).map((row) => row.meterId);
  const known: Known = {
    facts: await meterFacts(
      client,
      rows.map((row) => row.meterId),
    ),
    keys: withRaw.length ? await openMeterKeys(client, deps.masterKey, withRaw) : new Map(),
  };
  const rejected: IngestReject[] = [];
  const valued: Valued[] = [];
  rows.forEach((input, row) => {
    const value = valueOf(input, known);
    if ('code' in value) rejected.push({ row, ...value, raw: input.raw ?? null });
    else valued.push({ row, input, ...value });
  });
  return { accepted: await plausible(client, valued, { ...known, now: deps.now }), rejected };
}

type Value = {
  readonly value: bigint;
  readonly decoded: boolean;
  readonly verdicts: readonly Verdict[];
  readonly reports: readonly MeterReport[];
  readonly remembered: readonly Remembered[];
};
type Valued = Value & { readonly row: number; readonly input: IngestRow };
type Refusal = { readonly code: string; readonly detail: string };

/** Without bytes the meter said nothing of itself. */
const NOTHING_ELSE = { reports: [], remembered: [] } as const;

/** The value that counts: the decoded one where there are bytes, else the claimed one. */
function valueOf(input: IngestRow, { facts, keys }: Known): Value | Refusal {
  const meter = facts.get(input.meterId);
  if (!meter) return { code: 'unknown-meter', detail: `There is no meter ${input.meterId}.` };
  const type = registerType(input.register);
  if (!type || !meter.digits.has(input.register)) {
    return { code: 'unknown-register', detail: `Meter has no register ${input.register}.` };
  }
  const claimed = input.value === null ? null : parseDecimal(input.value);
  if (claimed && !claimed.ok) return { code: 'bad-value', detail: claimed.error.detail };
  const told = claimed?.ok ? scaled(claimed.value, type.scale) : null;
  if (!input.raw) {
    if (told === null) return { code: 'bad-value', detail: 'Neither a value nor bytes came.' };
    return { value: told, decoded: false, verdicts: [], ...NOTHING_ELSE };
  }
  const { radioId } = meter;
  const { raw, source, register } = input;
  const decoded = decodeRaw({
    raw,
    source,
    register,
    radioId,
    keys: keys.get(meter.meterId) ?? [],
  });
  if (decoded.ok) {
    const { value, reports, remembered } = decoded.value;
    return { value, decoded: true, verdicts: differs(told, value), reports, remembered };
  }
  const { code, detail } = decoded.error;
  if (told === null) return { code: 'undecodable', detail: `${code}: ${detail}` };
  const verdicts: Verdict[] = [{ rule: code, verdict: 'doubt', detail }];
  return { value: told, decoded: false, verdicts, ...NOTHING_ELSE };
}

const scaled = (value: Decimal, scale: number): bigint => rescale(value, scale).units;

const differs = (told: bigint | null, decoded: bigint): Verdict[] =>
  told === null || told === decoded
    ? []
    : [{ rule: 'phone-differs', verdict: 'doubt', detail: `told ${told}, decoded ${decoded}` }];

/** Verdicts of lib/vee against the register's past, rows of the same batch included. */
async function plausible(
  client: pg.ClientBase,
  rows: readonly Valued[],
  { facts, now }: Known & { now: Instant },
): Promise<JudgedRow[]> {
  const keys = rows.map(({ input: { meterId, register, at } }) => ({ meterId, register, at }));
  const past = await readLastBeforeEach(client, keys);
  const usual = await readUsualPerDay(client, keys, now);
  const inBatch = new Map<string, readonly [Instant, bigint]>();
  const judged: JudgedRow[] = [];
  const order = rows.map((_, i) => i).sort((a, b) => keys[a]!.at - keys[b]!.at);
  for (const i of order) {
    const { input, row, value, decoded, reports, remembered, verdicts: before } = rows[i]!;
    const { meterId, register, at } = keys[i]!;
    const key = `${meterId}/${register}`;
    const stored = past[i];
    const history = [inBatch.get(key), stored && ([stored.at, stored.value] as const)].filter(
      (h) => h !== undefined && h !== null,
    );
    const check = validateReading({
      register,
      value,
      at,
      digits: facts.get(meterId)?.digits.get(register) ?? 5,
      history,
      usualPerDay: usual.get(key) ?? null,
      receivedAt: now,
    });
    const verdicts = [...before, ...check.verdicts.map(fromVee)];
    const confirmed = input.confirmed ?? false;
    const quarantine = quarantineOf({ verdicts, source: input.source, decoded, confirmed });
    if (!quarantine) inBatch.set(key, [at, value]);
    const flagged = confirmed && verdicts.some((v) => v.verdict !== 'note');
    const status = packStatus(quarantine ? 'suspect' : 'measured', input.source, flagged);
    const reading = { meterId, register, at, value, status };
    judged.push({ row, input, reading, verdicts, quarantine, reports, remembered });
  }
  return judged.sort((a, b) => a.row - b.row);
}
