/**
 * A console that follows a script instead of a line, for the tests of its screens. It keeps its
 * word about the interface: one command at a time into the log, Stop ends it, writing changes what
 * is read next. The real console is tested against the simulated devices.
 */
import { DAY_MS, HOUR_MS } from '#lib/base/interval.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { mayAtConsole, type ConsoleFunction } from '#lib/domain/console-rights.table.ts';
import type {
  Access,
  CommandEntry,
  CommandName,
  ConsoleDeps,
  EmisConsole,
  FoundDevice,
  JournalEntry,
  ManagedMeterView,
  MeterConsole,
  ParameterValue,
  ProfileTable,
  Readout,
  Trial,
  WriteOutcome,
} from '#lib/field/console/types.ts';
import { EMIS_EVENTS, EMIS_PARAMETERS } from '#lib/meters/drivers/emis951.table.ts';
import type { Transport } from '#lib/transport/transport.ts';

export const NOW = Date.UTC(2026, 10, 20, 20, 40);
const BUS = { baud: 2400, dataBits: 8, parity: 'even', stopBits: 1 } as const;
const PORT = { baud: 9600, dataBits: 8, parity: 'none', stopBits: 1 } as const;

export const noTransport = { name: 'Учебный прибор', status: 'closed' } as unknown as Transport;

const METER: FoundDevice = {
  protocol: 'mbus',
  settings: BUS,
  identity: { serial: '48125519', manufacturer: 'KAM', model: 'Multical 21' },
  kind: 'meter',
  address: '5',
};
const EMIS: FoundDevice = {
  protocol: 'dlms',
  settings: PORT,
  identity: { serial: '95100042', manufacturer: 'EMIS', model: '951' },
  kind: 'emis951',
  address: '1',
};

export const READOUT: Readout = {
  identity: METER.identity,
  values: [
    {
      code: '8-0:1.0.0',
      text: '1204317',
      unit: 'l',
      canonical: '1204.317 m3',
      quantity: 'volume',
      time: '2026-11-20 23:40',
    },
    {
      code: '1-0:1.8.2',
      text: '4821500',
      unit: 'Wh',
      canonical: '4821.500 kWh',
      quantity: 'energy',
      time: null,
    },
    { code: '0C 93 3C', text: '17', unit: '', canonical: null, quantity: '', time: null },
  ],
  profiles: [{ code: '1-0:99.1.0', name: 'load', capacity: 96 }],
  neighbours: [
    { address: '5', serial: '48125519' },
    { address: '6', serial: '48125520' },
  ],
  raw: Uint8Array.from({ length: 90 }, (_, i) => (i * 37) % 256),
};

const METERS: readonly ManagedMeterView[] = [0, 1, 1, 1, 2, 2, 4, null].map((parent, i) => ({
  number: i + 1,
  serial: String(11_000_101 + i * 13),
  isOnLine: i !== 6 && i !== 7,
  isBlackListed: i === 7,
  lastSuccessAt: i === 7 ? null : NOW - i * HOUR_MS,
  lastFailureAt: i % 3 ? NOW - i * DAY_MS : null,
  failures: i * 3,
  parent,
  level: parent === null ? null : i === 0 ? 1 : 2,
}));

const EDITORS: Readonly<Record<string, ParameterValue['editor']>> = {
  clock: 'clock',
  heartbeat: 'number',
  main_server_port: 'number',
  backup_server_port: 'number',
  use_dhcp: 'switch',
  modem_password: 'secret',
};
const editorOf = (name: string, isWritable: boolean): ParameterValue['editor'] => {
  if (EDITORS[name]) return EDITORS[name];
  if (!isWritable) return 'none';
  return /address|mask|gateway|dns/.test(name) ? 'ip' : 'text';
};
const FIRST: Readonly<Record<string, string>> = {
  serial_number: '95100042',
  clock: new Date(NOW - 245_000).toISOString(),
  heartbeat: '3',
  main_server_port: '9000',
  backup_server_port: '9001',
  use_dhcp: 'true',
  modem_password: '••••••',
  apn: 'internet',
  firmware: 'KILTER-SIM 1',
  battery_voltage: '3.62',
};
const UNITS: Readonly<Record<string, string>> = {
  heartbeat: 'min',
  battery_voltage: 'V',
  battery_time: 'h',
};

const tableOf = (profile: string, serial: string): ProfileTable => {
  const rows = profile === 'daily' ? 89 : 14;
  const isMax = profile.startsWith('max');
  const step = profile === 'daily' ? DAY_MS : 30.4 * DAY_MS;
  return {
    ref: { code: '98.2.0', name: profile, capacity: rows },
    serial,
    columns: isMax
      ? [{ code: '1-0:1.6.0', unit: 'W' }]
      : [
          { code: '1-0:1.8.0', unit: 'Wh' },
          { code: '1-0:1.8.1', unit: 'Wh' },
        ],
    rows: Array.from({ length: rows }, (_, i) => ({
      at: Math.round(NOW - (rows - i) * step),
      time: '',
      cells: isMax
        ? [String(2400 + ((i * 577) % 1900))]
        : [
            String(812_000 + i * 7400 + ((i * 911) % 3000)),
            i === 3 ? null : String(500_000 + i * 5000),
          ],
    })),
  };
};

export type Script = {
  readonly device?: 'meter' | 'emis951' | null;
  /** Code that reading fails with until an access is given. */
  readonly closed?: string;
  readonly password?: string;
};

/** Opens consoles after the script; `calls` lists what reached the device. */
export function scripted(script: Script = {}) {
  const { device = 'meter', closed, password = 'Kilter951x' } = script;
  const calls: string[] = [];
  const values = new Map(Object.entries(FIRST));
  let stop: (() => void) | null = null;
  let hold: Promise<void> | null = null;

  const open = async (_: Transport, { onLog }: ConsoleDeps): Promise<MeterConsole> => {
    let log: readonly CommandEntry[] = [];
    const say = (next: readonly CommandEntry[]): void => onLog((log = next));

    async function command<T>(
      name: CommandName,
      target: string,
      work: () => Result<T>,
    ): Promise<Result<T>> {
      calls.push(target ? `${name} ${target}` : name);
      const notes: CommandEntry['notes'] = [
        { at: NOW, kind: 'opened', settings: PORT },
        { at: NOW + 12, kind: 'sent', bytes: Uint8Array.of(0x7e, 0xa0, 0x07, 0x03, 0x41, 0x93) },
        {
          at: NOW + 71,
          kind: 'received',
          bytes: Uint8Array.of(0x7e, 0xa0, 0x1e, 0x41, 0x03, 0x73),
        },
      ];
      const id = log.length + 1;
      const entry: CommandEntry = {
        ...{ id, name, target, startedAt: NOW, endedAt: null, status: 'running', code: '' },
        ...{ detail: '', notes },
      };
      say([...log, entry]);
      const stopped = new Promise<'stopped'>((end) => (stop = () => end('stopped')));
      const end = await Promise.race([hold ?? Promise.resolve(), stopped]);
      stop = null;
      const result = end === 'stopped' ? fault('stopped', 'Stopped.') : work();
      const status = end === 'stopped' ? 'stopped' : result.ok ? 'done' : 'failed';
      const code = result.ok ? '' : result.error.code;
      say(log.map((one) => (one.id === id ? { ...entry, status, code, endedAt: NOW + 840 } : one)));
      return result;
    }

    const emis = (_: FoundDevice, access: Access): EmisConsole => {
      const isIn = access.role === 'reader' || access.password === password;
      const guard =
        <T>(what: ConsoleFunction, work: () => T) =>
        (): Result<T> => {
          if (!isIn) return fault('association_refused', 'authentication-failure');
          return mayAtConsole(access.role, what)
            ? ok(work())
            : fault('not_allowed', 'Not this role.');
        };
      const write = (name: string, text: string): WriteOutcome => {
        if (text === '10.0.0.99') return { name, isWritten: false, problem: 'read-write-denied' };
        values.set(name, text);
        return { name, isWritten: true, problem: '' };
      };
      return {
        readParameters: (names) =>
          command(
            'read_parameters',
            '',
            guard('read_parameters', () =>
              EMIS_PARAMETERS.filter(({ name }) => names.includes(name)).map(
                ({ name, group, isWritable }): ParameterValue => {
                  const editor = editorOf(name, isWritable);
                  const text = values.get(name) ?? (editor === 'ip' ? '10.0.0.1' : '');
                  return {
                    name,
                    group,
                    isWritable,
                    editor,
                    text,
                    unit: UNITS[name] ?? '',
                    problem: '',
                  };
                },
              ),
            ),
          ),
        writeParameter: (name, text) =>
          command(
            'write_parameter',
            name,
            guard('write_data', () => write(name, text)),
          ),
        setClock: (at) =>
          command(
            'set_clock',
            '',
            guard('import_clock', () => write('clock', new Date(at).toISOString())),
          ),
        readMeters: () =>
          command(
            'read_meters',
            '',
            guard('read_parameters', () => METERS),
          ),
        readProfile: (meter, profile) =>
          command(
            'read_profile',
            profile,
            guard('read_parameters', () => tableOf(profile, meter.serial)),
          ),
        readJournal: () =>
          command(
            'read_journal',
            '',
            guard('read_parameters', () =>
              EMIS_EVENTS.map(({ code, event, phase, edge }, i): JournalEntry => ({
                ...{ at: NOW - i * 3 * HOUR_MS, code, event, phase, edge },
                serial: code === 63 ? '' : METERS[i % 8]!.serial,
              })),
            ),
          ),
        importSet: (set) =>
          command(
            'import_set',
            '',
            guard('write_data', () =>
              Object.entries(set.parameters).map(([name, text]) => write(name, text)),
            ),
          ),
        changePassword: (role, next) =>
          next.length < 8
            ? command('change_password', role, () => fault('weak_password', 'Too short.'))
            : command(
                'change_password',
                role,
                guard('manage_users', () => write(`password of ${role}`, 'changed')),
              ),
        clearData: () =>
          command(
            'clear_data',
            '',
            guard('clear_data', () => write('data', '')),
          ),
        updateFirmware: (image, onProgress) => {
          onProgress(0.42);
          return command(
            'update_firmware',
            '',
            guard('update_firmware', () => {
              onProgress(1);
              return write('image', String(image.length));
            }),
          );
        },
      };
    };

    return {
      get log() {
        return log;
      },
      detect: (_, onTrial) => {
        const trials: Trial[] = [
          { protocol: 'sml', settings: PORT },
          { protocol: 'dlms', settings: PORT },
          { protocol: 'mbus', settings: BUS },
        ];
        trials.forEach(onTrial);
        const found = device === 'emis951' ? EMIS : METER;
        return command('detect', '', () =>
          device ? ok(found) : fault('nothing_found', 'Nobody answered.'),
        );
      },
      read: (_, access) =>
        command('read', '', () =>
          closed && !access ? fault(closed, 'authentication-required') : ok(READOUT),
        ),
      readProfile: (_, ref) =>
        command('read_profile', ref.code, () => ok(tableOf('daily', READOUT.identity.serial))),
      emis,
      stop: () => stop?.(),
      close: () => Promise.resolve(void calls.push('close')),
    };
  };
  return {
    open,
    calls,
    /** The next commands wait until the returned function is called. */
    pause(): () => void {
      let go = (): void => {};
      hold = new Promise((end) => (go = end));
      return () => {
        hold = null;
        go();
      };
    },
  };
}
