/**
 * The meter console (X20): one device at the end of a transport, one command at a time, and a log
 * of everything that was said. Knows commands and their ends; protocols load when they are asked
 * for, so that a phone without network has them from its cache and no other screen carries them.
 */
import { concatBytes, equalBytes, fromLatin1 } from '#lib/base/bytes.ts';
import type { Instant } from '#lib/base/interval.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { DeviceError, type Transport } from '#lib/transport/transport.ts';
import { Port } from '../port.ts';
import { detect } from './detect.ts';
import type * as Emis from './emis.ts';
import type {
  Access,
  CommandEntry,
  CommandName,
  ConsoleDeps,
  DlmsAccess,
  EmisConsole,
  FoundDevice,
  LineNote,
  MeterConsole,
  Outcome,
  Period,
  ProfileRef,
  ProfileTable,
  ReadParts,
  Readout,
} from './types.ts';
import type { Work } from './work.ts';

/** A log that never ends would fill the phone; the oldest commands go first. */
const MAX_ENTRIES = 200;
const MAX_NOTES = 4000;

type Asked = {
  readonly name: CommandName;
  readonly target?: string;
  /** Passwords that go over the line in clear: the log shows stars for them. */
  readonly secrets?: readonly string[];
};

class LineConsole implements MeterConsole {
  #log: readonly CommandEntry[] = [];
  #notes: LineNote[] = [];
  #secrets: readonly Uint8Array[] = [];
  #nextId = 1;
  #patience = 1;
  #queue: Promise<unknown> = Promise.resolve();
  #running: AbortController | null = null;
  readonly #port: Port;

  constructor(
    private readonly transport: Transport,
    private readonly deps: ConsoleDeps,
  ) {
    this.#port = new Port(transport, (note) => {
      if (this.#notes.length >= MAX_NOTES) return;
      const shown =
        note.kind === 'opened' ? note : { ...note, bytes: withStars(note.bytes, this.#secrets) };
      this.#notes.push({ at: Date.now(), ...shown });
    });
  }

  get log(): readonly CommandEntry[] {
    return this.#log;
  }

  detect: MeterConsole['detect'] = (options, onTrial) => {
    this.#patience = Math.min(5, Math.max(1, options.patience));
    return this.#command({ name: 'detect' }, (work) => detect(work, options, onTrial));
  };

  async read(device: FoundDevice, access: DlmsAccess | null): Outcome<Readout> {
    let raw: Uint8Array = new Uint8Array(0);
    const name = device.protocol.endsWith('push') ? 'listen' : 'read';
    const secrets = [access?.password ?? ''];
    const asked = { name, target: device.address, secrets } as const;
    const result = await this.#command(asked, async (work) => {
      const parts = await readParts(work, device, access);
      raw = this.#received();
      return parts;
    });
    return result.ok ? ok({ ...result.value, raw }) : result;
  }

  readProfile(
    device: FoundDevice,
    ref: ProfileRef,
    options: { readonly access: DlmsAccess | null; readonly period: Period | null },
  ): Outcome<ProfileTable> {
    const secrets = [options.access?.password ?? ''];
    return this.#command({ name: 'read_profile', target: ref.code, secrets }, async (work) => {
      if (device.protocol === 'iec') {
        const { readOpticalProfile } = await import('./optical.ts');
        return readOpticalProfile(work, device, { ref, ...options });
      }
      const { readDlmsProfile } = await import('./dlms.ts');
      return readDlmsProfile(work, device, { ref, ...options });
    });
  }

  emis(device: FoundDevice, access: Access): EmisConsole {
    const ask = <T>(
      asked: Asked,
      call: (emis: typeof Emis, work: Work) => Outcome<T>,
    ): Outcome<T> =>
      this.#command(
        { ...asked, secrets: [access.password, ...(asked.secrets ?? [])] },
        async (work) => call(await import('./emis.ts'), work),
      );
    const at = (work: Work) => ({ work, device, access });
    return {
      readParameters: (names) =>
        ask({ name: 'read_parameters', target: names.join(' ') }, (emis, work) =>
          emis.readParameters(at(work), names),
        ),
      writeParameter: (name, text) =>
        ask({ name: 'write_parameter', target: name, ...secretOf(name, text) }, (emis, work) =>
          emis.writeParameter(at(work), name, text),
        ),
      setClock: (now) =>
        ask({ name: 'set_clock' }, (emis, work) =>
          emis.writeParameter(at(work), 'clock', isoOf(now)),
        ),
      readMeters: () => ask({ name: 'read_meters' }, (emis, work) => emis.readMeters(at(work))),
      readProfile: (meter, profile, period) =>
        ask({ name: 'read_profile', target: `${meter.serial} ${profile}` }, (emis, work) =>
          emis.readMeterProfile(at(work), meter, { profile, period }),
        ),
      readJournal: (period) =>
        ask({ name: 'read_journal' }, (emis, work) => emis.readJournal(at(work), period)),
      importSet: (set) =>
        ask({ name: 'import_set', target: Object.keys(set.parameters).join(' ') }, (emis, work) =>
          emis.importSet(at(work), set),
        ),
      changePassword: (role, password) =>
        ask({ name: 'change_password', target: role, secrets: [password] }, (emis, work) =>
          emis.changePassword(at(work), role, password),
        ),
      clearData: () => ask({ name: 'clear_data' }, (emis, work) => emis.clearData(at(work))),
      updateFirmware: (image, onProgress) =>
        ask({ name: 'update_firmware', target: `${image.length}` }, (emis, work) =>
          emis.updateFirmware(at(work), image, onProgress),
        ),
    };
  }

  stop(): void {
    this.#running?.abort();
  }

  async close(): Promise<void> {
    this.stop();
    await this.#queue;
    await this.transport.close();
  }

  /** Waits for the command before, then runs; a failing device is a result like any other. */
  #command<T>(asked: Asked, run: (work: Work) => Outcome<T>): Outcome<T> {
    const next = this.#queue.then(() => this.#run(asked, run));
    this.#queue = next.catch(() => undefined);
    return next;
  }

  async #run<T>(asked: Asked, run: (work: Work) => Outcome<T>): Outcome<T> {
    const id = this.#nextId++;
    const entry = this.#begin(id, asked);
    const stop = new AbortController();
    this.#running = stop;
    const work: Work = {
      port: this.#port,
      signal: stop.signal,
      patience: this.#patience,
      counters: this.deps.counters ?? null,
    };
    let result: Result<T>;
    try {
      result = await run(work);
    } catch (cause) {
      if (!(cause instanceof DeviceError)) {
        this.#end(entry, fault('unexpected', String(cause)));
        throw cause;
      }
      result = fault(cause.code, cause.message);
    } finally {
      this.#running = null;
    }
    this.#end(entry, result);
    return result;
  }

  #begin(id: number, { name, target = '', secrets = [] }: Asked): CommandEntry {
    this.#notes = [];
    this.#secrets = secrets.filter(Boolean).map(fromLatin1);
    const entry: CommandEntry = {
      id,
      name,
      target,
      startedAt: Date.now(),
      endedAt: null,
      status: 'running',
      code: '',
      detail: '',
      notes: [],
    };
    this.#publish([...this.#log, entry].slice(-MAX_ENTRIES));
    return entry;
  }

  #end(entry: CommandEntry, result: Result<unknown>): void {
    const code = result.ok ? '' : result.error.code;
    const ended: CommandEntry = {
      ...entry,
      endedAt: Date.now(),
      status: result.ok ? 'done' : code === 'stopped' ? 'stopped' : 'failed',
      code,
      detail: result.ok ? '' : result.error.detail,
      notes: this.#notes,
    };
    this.#publish(this.#log.map((one) => (one.id === entry.id ? ended : one)));
  }

  #received(): Uint8Array {
    return concatBytes(
      ...this.#notes.flatMap((note) => (note.kind === 'received' ? [note.bytes] : [])),
    );
  }

  #publish(log: readonly CommandEntry[]): void {
    this.#log = log;
    this.deps.onLog(log);
  }
}

const STAR = 0x2a;

/** A copy of `bytes` in which every secret is stars. */
function withStars(bytes: Uint8Array, secrets: readonly Uint8Array[]): Uint8Array {
  const shown = bytes.slice();
  for (const secret of secrets) {
    for (let at = 0; at + secret.length <= bytes.length; at++) {
      if (!equalBytes(bytes.subarray(at, at + secret.length), secret)) continue;
      shown.fill(STAR, at, at + secret.length);
    }
  }
  return shown;
}

/** A parameter that is a password itself (E-49). */
const secretOf = (name: string, text: string) =>
  name.endsWith('password') ? { secrets: [text] } : {};

const isoOf = (at: Instant): string => new Date(at).toISOString();

async function readParts(
  work: Work,
  device: FoundDevice,
  access: DlmsAccess | null,
): Outcome<ReadParts> {
  switch (device.protocol) {
    case 'dlms':
      return (await import('./dlms.ts')).readDlms(work, device, access);
    case 'mbus':
      return (await import('./bus.ts')).readMbus(work, device);
    case 'modbus':
      return (await import('./bus.ts')).readModbus(work, device);
    case 'iec':
      return (await import('./optical.ts')).readOpticalMeter(work, device);
    default:
      return (await import('./pushed.ts')).readPushed(work, device);
  }
}

/** A console on a transport that nobody else reads. */
export const openConsole = (transport: Transport, deps: ConsoleDeps): MeterConsole =>
  new LineConsole(transport, deps);
