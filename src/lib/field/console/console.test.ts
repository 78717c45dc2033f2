import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DAY_MS } from '#lib/base/interval.ts';
import type { Result } from '#lib/base/result.ts';
import { EMIS_EVENTS } from '#lib/meters/drivers/emis951.table.ts';
import { createConsoleDevice, type ConsoleKind } from '#lib/sim/devices/console-devices.ts';
import { SimulatedTransport } from '#lib/transport/simulated.ts';
import { openConsole } from './console.ts';
import type { FoundDevice, ManagedMeterView, MeterConsole } from './types.ts';
// Loaded before the clock is taken over: a module that loads needs the real one.
import './bus.ts';
import './dlms.ts';
import './emis.ts';
import './optical.ts';
import './pushed.ts';

const NOW = Date.UTC(2026, 9, 20, 13, 20);
const PASSWORDS = { configurator: 'conf-7341', administrator: 'admn-5287' };

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Lets time pass until `work` is done; a console that hangs fails here. */
async function done<T>(work: Promise<T>): Promise<T> {
  let isOver = false;
  void work.finally(() => (isOver = true)).catch(() => undefined);
  for (let i = 0; i < 60_000 && !isOver; i++) await vi.advanceTimersByTimeAsync(20);
  expect(isOver).toBe(true);
  return work;
}

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.detail}`);
  return result.value;
}

function consoleAt(kind: ConsoleKind): MeterConsole {
  const device = createConsoleDevice(kind, { seed: 1, at: NOW, passwords: PASSWORDS });
  return openConsole(new SimulatedTransport(kind, device), { onLog: () => undefined });
}

const FREE = { only: null, settings: null, patience: 1 } as const;

type Wanted = Parameters<MeterConsole['detect']>[0];

async function found(line: MeterConsole, options: Wanted = FREE): Promise<FoundDevice> {
  return must(await done(line.detect(options, () => undefined)));
}

describe('the console finds out by itself', () => {
  it.each([
    ['emis951', 'dlms', '95100042'],
    ['dlms', 'dlms', '12345678'],
    ['eye', 'dlms', '12345678'],
    ['optical', 'iec', '10000042'],
    ['mbus', 'mbus', '24017753'],
    ['modbus', 'modbus', ''],
    ['sml', 'sml', '0000010203'],
    ['p1', 'p1', ''],
    ['push', 'dlms-push', '12345678'],
  ] as const)('what a %s speaks, and reads it', async (kind, protocol, serial) => {
    const line = consoleAt(kind);
    const device = await found(line);
    expect(device.protocol).toBe(protocol);
    const readout = must(await done(line.read(device, null)));
    expect(readout.identity.serial).toBe(serial);
    expect(readout.values.length).toBeGreaterThan(0);
    expect(readout.values.some(({ canonical }) => canonical !== null)).toBe(true);
    expect(readout.raw.length).toBeGreaterThan(0);
    expect(line.log.map(({ status }) => status)).toEqual(['done', 'done']);
  });

  it('says that nobody answered when nobody does, and each trial was told', async () => {
    const silent = { open: () => undefined, write: () => undefined, poll: () => [] };
    const line = openConsole(new SimulatedTransport('', silent), { onLog: () => undefined });
    const trials: string[] = [];
    const result = await done(line.detect(FREE, ({ protocol }) => trials.push(protocol)));
    expect(result).toMatchObject({ ok: false, error: { code: 'nothing_found' } });
    expect(new Set(trials).size).toBe(8);
  });

  it('can be stopped, and goes on with the next command', async () => {
    const line = consoleAt('optical');
    const search = line.detect(FREE, () => undefined);
    await vi.advanceTimersByTimeAsync(100);
    line.stop();
    expect(await done(search)).toMatchObject({ ok: false, error: { code: 'stopped' } });
    expect(line.log[0]?.status).toBe('stopped');
    expect((await found(line)).protocol).toBe('iec');
  });
});

describe('meters', () => {
  it('shows the due value, the unit and the register of an optical meter', async () => {
    const line = consoleAt('optical');
    const device = await found(line);
    const { values, profiles } = must(await done(line.read(device, null)));
    expect(values.find(({ code }) => code === '1.8.0')).toMatchObject({
      text: '004821.500',
      unit: 'kWh',
      canonical: '4821500 Wh',
    });
    const [load] = profiles;
    const options = { access: null, period: null };
    const table = must(await done(line.readProfile(device, load!, options)));
    expect(table.rows).toHaveLength(7 * 96);
    expect(table.columns).toEqual([{ code: '1.5.0', unit: 'kW' }]);
    const period = { from: NOW - 2 * DAY_MS, to: NOW };
    const part = must(await done(line.readProfile(device, load!, { access: null, period })));
    expect(part.rows.length).toBeLessThan(table.rows.length);
  });

  it('finds the neighbours on a wire and reads one of them', async () => {
    const line = consoleAt('mbus');
    const device = await found(line);
    const { neighbours } = must(await done(line.read(device, null)));
    expect(neighbours.map(({ serial }) => serial)).toEqual(['24017753', '58120466', '81190027']);
    const third = { ...device, address: neighbours[2]!.address };
    const { values } = must(await done(line.read(third, null)));
    expect(values.map(({ canonical }) => canonical)).toContain('3.001 m3');
  });

  it('reads what a DLMS meter lists, and its load profile', async () => {
    const line = consoleAt('dlms');
    const device = await found(line);
    const { values, profiles } = must(await done(line.read(device, null)));
    expect(values.find(({ code }) => code.startsWith('1-0:1.8.0'))?.unit).toBe('Wh');
    const load = profiles.find(({ name }) => name === 'load')!;
    const period = { from: NOW - DAY_MS, to: NOW };
    const table = must(await done(line.readProfile(device, load, { access: null, period })));
    expect(table.rows.length).toBeGreaterThan(20);
    expect(table.rows.every(({ at }) => at !== null && at < NOW)).toBe(true);
  });
});

describe('the concentrator EMIS 951 (X20)', () => {
  type Role = 'reader' | 'configurator' | 'administrator';
  const as = async (line: MeterConsole, role: Role) => {
    const password = role === 'reader' ? '' : PASSWORDS[role];
    const device = await found(line, { ...FREE, only: 'dlms' });
    return line.emis(device, { role, password });
  };

  it('gives 89 daily, 14 monthly, 14 and 14 maxima of a managed meter', async () => {
    const line = consoleAt('emis951');
    const emis = await as(line, 'reader');
    const meters = must(await done(emis.readMeters()));
    expect(meters).toHaveLength(24);
    expect(meters.filter(({ isBlackListed }) => isBlackListed)).toHaveLength(2);
    expect(meters[3]).toMatchObject({ number: 4, serial: '70000004', parent: 1, level: 2 });
    const rows = async (meter: ManagedMeterView, profile: string) =>
      must(await done(emis.readProfile(meter, profile, null))).rows.length;
    const [meter] = meters;
    expect(await rows(meter!, 'daily')).toBe(89);
    expect(await rows(meter!, 'monthly')).toBe(14);
    expect(await rows(meter!, 'max_active')).toBe(14);
    expect(await rows(meter!, 'max_reactive')).toBe(14);
  });

  it('gives a chosen period of a profile', async () => {
    const line = consoleAt('emis951');
    const emis = await as(line, 'reader');
    const [meter] = must(await done(emis.readMeters()));
    const period = { from: Date.UTC(2026, 9, 1), to: Date.UTC(2026, 9, 11) };
    const table = must(await done(emis.readProfile(meter!, 'daily', period)));
    expect(table.rows).toHaveLength(10);
    expect(table.serial).toBe('70000001');
  });

  it('tells every code of the journal in words, newest first', async () => {
    const line = consoleAt('emis951');
    const admin = await as(line, 'administrator');
    const before = must(await done(admin.readJournal(null)));
    const cleared = must(await done(admin.clearData()));
    expect(cleared.isWritten).toBe(true);
    const after = must(await done(admin.readJournal(null)));
    expect(after).toMatchObject([{ code: 63, event: 'events_cleared', edge: 'once' }]);
    const codes = new Set([...before, ...after].map(({ code }) => code));
    expect([...codes].toSorted((a, b) => a - b)).toEqual(EMIS_EVENTS.map(({ code }) => code));
    expect(before.every(({ event, at }) => event !== '' && at !== null)).toBe(true);
    expect(before[0]!.at!).toBeGreaterThan(before.at(-1)!.at!);
  });

  const TEN = {
    main_server_address: '10.1.2.3',
    backup_server_address: '10.1.2.4',
    main_server_port: '9100',
    backup_server_port: '9101',
    heartbeat: '5',
    apn: 'meters.example',
    modem_user: 'kilter',
    modem_password: 'S3cret-word',
    ip_address: '192.168.7.20',
    subnet_mask: '255.255.255.128',
  } as const;

  it('sets the ten parameters of E-26 and E-49 and reads them back', async () => {
    const line = consoleAt('emis951');
    const emis = await as(line, 'configurator');
    for (const [name, text] of Object.entries(TEN)) {
      const outcome = must(await done(emis.writeParameter(name, text)));
      expect(outcome).toEqual({ name, isWritten: true, problem: '' });
    }
    const values = must(await done(emis.readParameters(Object.keys(TEN))));
    expect(Object.fromEntries(values.map(({ name, text }) => [name, text]))).toEqual(TEN);
  });

  it('keeps passwords out of the log', async () => {
    const line = consoleAt('emis951');
    const emis = await as(line, 'configurator');
    must(await done(emis.writeParameter('modem_password', 'S3cret-word')));
    const bytes = line.log.flatMap(({ notes }) =>
      notes.flatMap((note) => (note.kind === 'sent' ? [String.fromCharCode(...note.bytes)] : [])),
    );
    expect(bytes.join()).not.toContain('S3cret-word');
    expect(bytes.join()).not.toContain(PASSWORDS.configurator);
    expect(bytes.join()).toContain('***********');
  });

  it('refuses what a role may not do before anything is sent', async () => {
    const line = consoleAt('emis951');
    const emis = await as(line, 'reader');
    const asked: readonly Promise<Result<unknown>>[] = [
      emis.writeParameter('apn', 'x'),
      emis.setClock(NOW),
      emis.clearData(),
      emis.updateFirmware(new Uint8Array(8), () => undefined),
      emis.changePassword('administrator', 'Long-enough-1'),
      emis.importSet({ format: 'kilter-set/1', model: 'emis951', parameters: { apn: 'x' } }),
    ];
    for (const one of asked) {
      expect(await done(one)).toMatchObject({ ok: false, error: { code: 'not_allowed' } });
    }
    expect(line.log.slice(1).every(({ notes }) => notes.length === 0)).toBe(true);
  });

  it('names a wrong password, and one that anybody would guess', async () => {
    const line = consoleAt('emis951');
    const device = await found(line, { ...FREE, only: 'dlms' });
    const wrong = line.emis(device, { role: 'configurator', password: 'wrong-word' });
    expect(await done(wrong.readParameters(['apn']))).toMatchObject({
      ok: false,
      error: { code: 'association_refused' },
    });
    const admin = line.emis(device, { role: 'administrator', password: PASSWORDS.administrator });
    for (const weak of ['', 'admin', '12345678', 'aaaaaaaaaa', 'password1']) {
      expect(await done(admin.changePassword('configurator', weak))).toMatchObject({
        ok: false,
        error: { code: 'weak_password' },
      });
    }
    must(await done(admin.changePassword('configurator', 'Fresh-word-1')));
    const fresh = line.emis(device, { role: 'configurator', password: 'Fresh-word-1' });
    expect((await done(fresh.readParameters(['apn']))).ok).toBe(true);
  });

  it.each([
    ['main_server_port', '70000'],
    ['ip_address', '300.1.1.1'],
    ['subnet_mask', '255.0.255.0'],
    ['use_dhcp', 'maybe'],
    ['clock', 'yesterday'],
  ])('sends nothing when %s is "%s"', async (name, text) => {
    const line = consoleAt('emis951');
    const emis = await as(line, 'administrator');
    expect(await done(emis.writeParameter(name, text))).toMatchObject({
      ok: false,
      error: { code: 'bad_value' },
    });
    expect(line.log.at(-1)!.notes).toEqual([]);
  });

  it('writes a set, and nothing of it when one value is wrong', async () => {
    const line = consoleAt('emis951');
    const emis = await as(line, 'configurator');
    const set = { format: 'kilter-set/1', model: 'emis951' } as const;
    const bad = { ...set, parameters: { apn: 'fine', heartbeat: 'soon' } };
    expect(await done(emis.importSet(bad))).toMatchObject({ ok: false });
    const [apn] = must(await done(emis.readParameters(['apn'])));
    expect(apn!.text).toBe('internet');
    const good = { ...set, parameters: { apn: 'fine', heartbeat: '9', modem_password: 'x' } };
    const outcomes = must(await done(emis.importSet(good)));
    expect(outcomes.map(({ name, isWritten }) => [name, isWritten])).toEqual([
      ['heartbeat', true],
      ['apn', true],
    ]);
  });

  it('updates the firmware in blocks and goes on where a broken transfer ended', async () => {
    const line = consoleAt('emis951');
    const emis = await as(line, 'administrator');
    const image = Uint8Array.from({ length: 5000 }, (_, i) => (i * 31) & 255);
    const parts: number[] = [];
    const first = emis.updateFirmware(image, (part) => {
      parts.push(part);
      if (part > 0.5) line.stop();
    });
    expect(await done(first)).toMatchObject({ ok: false, error: { code: 'stopped' } });
    const before = parts.length;
    must(await done(emis.updateFirmware(image, (part) => parts.push(part))));
    expect(parts.at(-1)).toBe(1);
    expect(before).toBeGreaterThan(20);
    expect(parts.length).toBeLessThanOrEqual(Math.ceil(image.length / 96) + 2);
    const [firmware] = must(await done(emis.readParameters(['firmware'])));
    expect(firmware!.text).toBe('KILTER-SIM 5000');
  });
});
