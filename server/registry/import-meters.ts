/**
 * A CSV of meters and their keys into the registry: good rows kept, bad rows listed with line and
 * reason, the same file twice changes nothing.
 *
 * It knows columns and the registry; keys are sealed the moment their meter exists and are in no
 * list, log or error. The import procedure calls it inside a transaction of one organisation.
 *
 * Reasons: `no-header`, `no-serial`, `bad-serial`, `bad-resource`, `bad-radio-id`, `bad-protocol`,
 * `bad-key`, `bad-manufacturer`, `bad-version`, `bad-digits`, `bad-decimals`, `bad-multiplier`,
 * `bad-start`, `bad-date`, `unknown-house`, `twice-in-file`, `serial-taken`.
 */
import type pg from 'pg';
import { fromHex } from '#lib/base/bytes.ts';
import type { Instant } from '#lib/base/interval.ts';
import type { ImportAnswer, ImportReject } from '#lib/contract/registry.ts';
import { TOTAL_REGISTER } from '#lib/domain/register-types.table.ts';
import { METER_COLUMNS } from '#server/ingest/column-words.ts';
import { scanCsv } from '#server/ingest/csv.ts';
import { columnsOf, safeText } from '#server/ingest/header.ts';
import { findRun, writeRun, type ImportFile } from '#server/ingest/import-run.ts';
import { parseMeterRow, type MeterRow } from './import-meter-row.ts';
import { openPlaces, type Places } from './import-places.ts';
import { putMeterKey } from './keys.ts';
import { insertMeter, selectBySerial, type KnownMeter } from './meter-store.ts';

export type MeterImport = {
  readonly file: ImportFile;
  readonly masterKey: string;
  readonly now: Instant;
  readonly zone: string;
};

export async function importMeters(
  client: pg.ClientBase,
  { file, masterKey, now, zone }: MeterImport,
): Promise<ImportAnswer> {
  const known = await findRun(client, file);
  if (known) return known;
  const { rows, rejects, total } = readRows(file.bytes, { now, zone });
  const work: Work = {
    client,
    orgId: file.orgId,
    masterKey,
    places: await openPlaces(client, file.orgId),
    known: await knownMeters(client, rows),
  };
  let [rowsKept, rowsSame] = [0, 0];
  for (const row of rows) {
    const result = await keepRow(work, row);
    if (result === 'new' || result === 'same') rowsKept++;
    else rejects.push({ line: row.line, reason: result, text: row.text });
    if (result === 'same') rowsSame++;
  }
  return writeRun(client, file, { rowsTotal: total, rowsKept, rowsSame, rejects });
}

type Rows = { readonly rows: MeterRow[]; readonly rejects: ImportReject[]; readonly total: number };

function readRows(bytes: Uint8Array, when: { now: Instant; zone: string }): Rows {
  const out: Rows = { rows: [], rejects: [], total: 0 };
  const lines = scanCsv(bytes);
  const header = lines.next().value;
  const columns = header && columnsOf(header, METER_COLUMNS);
  const needed = ['serial', 'resource', 'address'];
  if (!header || !columns || needed.some((column) => !columns.at.has(column))) {
    const text = header && columns ? safeText(columns, header) : '';
    return { ...out, rejects: [{ line: 1, reason: 'no-header', text }] };
  }
  const seen = new Set<string>();
  let total = 0;
  for (const line of lines) {
    total++;
    const parsed = parseMeterRow(columns, line, when);
    const text = safeText(columns, line);
    if (!parsed.ok) {
      out.rejects.push({ line: line.line, reason: parsed.error.code, text });
      continue;
    }
    const name = `${parsed.value.serial}/${parsed.value.manufacturer}`;
    if (seen.has(name)) out.rejects.push({ line: line.line, reason: 'twice-in-file', text });
    else out.rows.push({ ...parsed.value, line: line.line, text });
    seen.add(name);
  }
  return { ...out, total };
}

type Work = {
  readonly client: pg.ClientBase;
  readonly orgId: number;
  readonly masterKey: string;
  readonly places: Places;
  readonly known: ReadonlyMap<string, KnownMeter[]>;
};

async function knownMeters(
  client: pg.ClientBase,
  rows: readonly MeterRow[],
): Promise<Map<string, KnownMeter[]>> {
  const bySerial = new Map<string, KnownMeter[]>();
  for (const meter of await selectBySerial(
    client,
    rows.map((row) => row.serial),
  )) {
    bySerial.set(meter.serial, [...(bySerial.get(meter.serial) ?? []), meter]);
  }
  return bySerial;
}

async function keepRow(
  work: Work,
  row: MeterRow,
): Promise<'new' | 'same' | 'unknown-house' | 'serial-taken'> {
  const { client, places, known } = work;
  const place = places.find(row.address, row.flat);
  if (!place) return 'unknown-house';
  const register = TOTAL_REGISTER[row.resource];
  const namesake = known
    .get(row.serial)
    ?.find((m) => (m.manufacturer ?? null) === row.manufacturer);
  if (namesake) {
    const there = namesake.register === register && places.isSame(namesake.address, place);
    if (!there) return 'serial-taken';
    await seal(work, namesake.id, row.key);
    return 'same';
  }
  const pointId = await places.pointFor(await places.ensure(place), row.resource);
  const { startValue, fromAt, ...facts } = row;
  const meterId = await insertMeter(client, {
    ...facts,
    orgId: work.orgId,
    pointId,
    register,
    fromAt,
    startValue,
    seals: [],
  });
  if (meterId === null) return 'serial-taken';
  await seal(work, meterId, row.key);
  return 'new';
}

async function seal(work: Work, meterId: number, hex: string | null): Promise<void> {
  const key = hex === null ? null : fromHex(hex);
  if (!key?.ok) return;
  const { client, masterKey, orgId } = work;
  await putMeterKey(client, masterKey, { orgId, meterId, kind: 'aes-mode5', key: key.value });
}
