import { expect, test } from 'vitest';
import { fromLatin1 } from '#lib/base/bytes.ts';
import { DAY_MS } from '#lib/base/interval.ts';
import { createPrng } from '#lib/base/prng.ts';
import { ok } from '#lib/base/result.ts';
import type { Authentication } from '../../../meters/dlms/client/context.ts';
import { rangeOf, readObjects, readProfile } from '../../../meters/dlms/client/plans.ts';
import { get } from '../../../meters/dlms/client/services.ts';
import { createSession, type Plan } from '../../../meters/dlms/client/session.ts';
import { action, set } from '../../../meters/dlms/client/writing.ts';
import * as make from '../../../meters/dlms/cosem/build.ts';
import { fitsAttribute } from '../../../meters/dlms/cosem/objects.ts';
import { encodeDateTime, instantOf } from '../../../meters/dlms/date-time.ts';
import { integerOf, plainOf } from '../../../meters/dlms/values.ts';
import {
  EMIS_CLIENTS,
  EMIS_EVENTS,
  emisEvent,
  EMIS_JOURNAL,
  EMIS_PARAMETERS,
  EMIS_PROFILES,
  emisProfileObis,
} from '../../../meters/drivers/emis951.table.ts';
import { createDlmsDevice } from './device.ts';
import { emisClients, emisConcentrator, type EmisOptions } from './emis-concentrator.ts';
import { createLine } from './line.ts';
import { runSession } from '../../../../../tests/support/run-dlms.ts';

const NOW = Date.UTC(2026, 9, 20, 13, 20);
const PASSWORDS = { configurator: fromLatin1('conf-7341'), administrator: fromLatin1('admin-52') };
const OPTIONS: EmisOptions = {
  serial: '95100042',
  startAt: NOW - 500 * DAY_MS,
  meters: [
    { serial: '70000001', loadW: 300 },
    { serial: '70000002', loadW: 450, isBlackListed: true },
    { serial: '70000003', loadW: 900 },
  ],
};

const newDevice = (options: EmisOptions = OPTIONS) =>
  createDlmsDevice({
    baud: 9600,
    carrier: { kind: 'hdlc', address: { upper: 1, lower: 42 }, maxInformation: 128 },
    server: {
      systemTitle: fromLatin1('EMI00042'),
      key: new Uint8Array(16),
      authKey: new Uint8Array(16),
      clients: emisClients(PASSWORDS),
      objects: emisConcentrator(options),
      maxPdu: 512,
      challenge: () => new Uint8Array(8),
      counters: { client: 0, own: 1 },
    },
  });

const lls = (password: Uint8Array): Authentication => ({ kind: 'lls', password });

function runAs<T>(
  role: keyof typeof EMIS_CLIENTS,
  plan: Plan<T>,
  device: ReturnType<typeof newDevice> = newDevice(),
): T {
  const authentication = role === 'reader' ? { kind: 'none' as const } : lls(PASSWORDS[role]);
  const session = createSession(
    {
      carrier: { kind: 'hdlc', server: { upper: 1, lower: 42 } },
      client: { clientId: EMIS_CLIENTS[role], authentication, keys: null, ciphering: null },
    },
    plan,
  );
  const { result } = runSession(session, createLine(device, { prng: createPrng(1) }), NOW);
  if (!result?.ok) throw new Error(JSON.stringify(result));
  return result.value;
}

test('a reader sees every parameter of E-26 and E-47 to E-55, with the type of its class', () => {
  const readings = runAs('reader', (context) => readObjects(context, EMIS_PARAMETERS));
  expect(readings).toHaveLength(EMIS_PARAMETERS.length);
  for (const [i, reading] of readings.entries()) {
    const { name, classId, attribute } = EMIS_PARAMETERS[i]!;
    if (!('value' in reading)) throw new Error(`${name} is refused`);
    expect(reading.value.data.type, name).not.toBe('null-data');
    expect(fitsAttribute(classId, attribute, reading.value.data), name).toBe(true);
  }
  const shown = (name: string) => {
    const i = EMIS_PARAMETERS.findIndex((row) => row.name === name);
    const reading = readings[i]!;
    return 'value' in reading ? [plainOf(reading.value.data), reading.value.scalerUnit] : null;
  };
  expect(shown('heartbeat')).toEqual(['3', { scaler: 0, unit: 6 }]);
  expect(shown('battery_voltage')).toEqual(['362', { scaler: -2, unit: 35 }]);
  expect(shown('apn')).toEqual(['internet', null]);
});

test('roles: a reader may not write, a configurator not clear, an administrator both', () => {
  const heartbeat = EMIS_PARAMETERS.find(({ name }) => name === 'heartbeat')!;
  const journal = { classId: 7, obis: EMIS_JOURNAL.obis };
  const tried = (role: keyof typeof EMIS_CLIENTS) => {
    const device = newDevice();
    return runAs(
      role,
      function* (context) {
        const written = yield* set(context, heartbeat, make.u16(5));
        if (!written.ok) return written;
        const back = yield* get(context, heartbeat);
        if (!back.ok) return back;
        const cleared = yield* action(context, { ...journal, method: 1 }, make.i8(0));
        if (!cleared.ok) return cleared;
        const rows = yield* readProfile(context, EMIS_JOURNAL.obis, null);
        if (!rows.ok) return rows;
        const codes = rows.value.rows.map(({ cells }) => Number(integerOf(cells[1])));
        return ok({
          written: written.value,
          back: back.value,
          cleared: cleared.value.status,
          codes,
        });
      },
      device,
    );
  };
  const [reader, configurator, administrator] = (
    ['reader', 'configurator', 'administrator'] as const
  ).map(tried);
  expect(reader).toMatchObject({ written: 3, back: { data: make.u16(3) }, cleared: 3 });
  expect(configurator).toMatchObject({ written: 0, back: { data: make.u16(5) }, cleared: 3 });
  expect(administrator).toMatchObject({ written: 0, cleared: 0, codes: [63] });
});

test('an empty password is accepted from nobody', () => {
  const device = createDlmsDevice({
    carrier: { kind: 'wrapper', port: 1 },
    server: {
      systemTitle: fromLatin1('EMI00042'),
      key: new Uint8Array(16),
      authKey: new Uint8Array(16),
      clients: emisClients({ configurator: new Uint8Array(0), administrator: new Uint8Array(0) }),
      objects: emisConcentrator(OPTIONS),
      maxPdu: 512,
      challenge: () => new Uint8Array(8),
      counters: { client: 0, own: 1 },
    },
  });
  const session = createSession(
    {
      carrier: { kind: 'wrapper', server: 1 },
      client: {
        clientId: EMIS_CLIENTS.administrator,
        authentication: lls(new Uint8Array(0)),
        keys: null,
        ciphering: null,
      },
    },
    (context) => readObjects(context, []),
  );
  const { result } = runSession(session, createLine(device, { prng: createPrng(1) }), NOW);
  expect(result?.ok === false && result.error.code).toBe('association_refused');
});

test.each(EMIS_PROFILES)('E-57: the $profile profile has $capacity slices', (profile) => {
  const { code, capacity } = profile;
  for (const channel of [1, 3]) {
    const obis = emisProfileObis(channel, code);
    const { rows, scalers } = runAs('reader', (context) => readProfile(context, obis, null));
    expect(rows).toHaveLength(capacity);
    expect(scalers[1]).not.toBeNull();
    const times = rows.map(({ time }) => instantOf(time!)!);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(new Set(times).size).toBe(capacity);
    expect(times.at(-1)).toBeLessThanOrEqual(NOW);
    if (profile.profile === 'daily') {
      expect(times.at(-1)! - times[0]!).toBe(88 * DAY_MS);
      const totals = rows.map(({ cells }) => Number(integerOf(cells[1])));
      expect(totals).toEqual(totals.toSorted((a, b) => a - b));
      expect(totals.at(-1)! - totals.at(-2)!).toBe(24 * OPTIONS.meters[channel - 1]!.loadW);
    }
  }
});

test('a chosen period of a profile', () => {
  const range = rangeOf(encodeDateTime(Date.UTC(2026, 9, 2)), encodeDateTime(Date.UTC(2026, 9, 8)));
  const obis = emisProfileObis(2, '98.2.0');
  const { rows } = runAs('reader', (context) => readProfile(context, obis, range));
  expect(rows.map(({ time }) => time?.day)).toEqual([2, 3, 4, 5, 6, 7, 8]);
});

test('E-58: the journal holds at least a hundred entries, and every code can be met', () => {
  const read = (startAt: number) => {
    const device = newDevice({ ...OPTIONS, startAt });
    const plan: Plan<readonly number[]> = function* (context) {
      const profile = yield* readProfile(context, EMIS_JOURNAL.obis, null);
      if (!profile.ok) return profile;
      return ok(profile.value.rows.map(({ cells }) => Number(integerOf(cells[1]))));
    };
    return runAs('reader', plan, device);
  };
  const young = read(NOW - 21 * DAY_MS);
  expect(new Set(young)).toEqual(new Set(Array.from({ length: 62 }, (_, i) => i + 1)));
  const old = read(OPTIONS.startAt);
  expect(old.length).toBeGreaterThanOrEqual(100);
  expect(old.every((code) => emisEvent(code) !== null)).toBe(true);
});

test('E-58: 63 codes, each start with its end', () => {
  expect(EMIS_EVENTS.map(({ code }) => code)).toEqual(Array.from({ length: 63 }, (_, i) => i + 1));
  for (const row of EMIS_EVENTS) {
    if (row.pairsWith === null) expect(row.edge).toBe('once');
    else {
      const other = emisEvent(row.pairsWith)!;
      expect(other.pairsWith).toBe(row.code);
      expect([row.edge, other.edge].toSorted()).toEqual(['end', 'start']);
      expect([other.event, other.phase, other.isThreePhaseOnly]).toEqual([
        row.event,
        row.phase,
        row.isThreePhaseOnly,
      ]);
    }
  }
  const edge = (code: number) => emisEvent(code)?.edge;
  expect([17, 62, 18, 19, 60, 61, 9, 10, 63].map(edge)).toEqual([
    'start',
    'end',
    'start',
    'end',
    'start',
    'end',
    'once',
    'once',
    'once',
  ]);
  const single = EMIS_EVENTS.filter((row) => !row.isThreePhaseOnly).map(({ code }) => code);
  expect(single.filter((code) => code > 11)).toEqual([
    12, 15, 16, 17, 18, 19, 26, 27, 32, 33, 52, 53, 54, 55, 56, 57, 62, 63,
  ]);
  expect(emisEvent(64)).toBeNull();
});
