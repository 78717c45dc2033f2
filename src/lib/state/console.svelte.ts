/**
 * The console while one device is at hand: which way was chosen, which protocols were tried, who
 * answered, what was read, and what was said on the line.
 *
 * It knows the use case lib/field/console and the port that was chosen; the console's page makes
 * one. Passwords are kept here, in memory, and forgotten when the person leaves.
 */
import { consoleRolesOf, type ConsoleRole } from '#lib/domain/console-rights.table.ts';
import type { DlmsCounters } from '#lib/offline/dlms-counters.ts';
import type { Role } from '#lib/domain/role.ts';
import type { Fault } from '#lib/base/result.ts';
import { CONSOLE_PROTOCOLS } from '#lib/field/console/types.ts';
import type {
  CommandEntry,
  ConsoleDeps,
  ConsoleProtocol,
  DlmsAccess,
  FoundDevice,
  Identity,
  MeterConsole,
  Period,
  ProfileRef,
  ProfileTable,
  Readout,
  Trial,
} from '#lib/field/console/types.ts';
import { keepAwake } from '#lib/field/wake-lock.ts';
import type { SerialSettings, Transport } from '#lib/transport/transport.ts';
import { Asked } from './asked.svelte.ts';
import { EmisDesk } from './console-emis.svelte.ts';

export const consoleProtocols = CONSOLE_PROTOCOLS;

export type ConsolePhase = 'none' | 'chosen' | 'detecting' | 'found' | 'reading' | 'read';

export type LineWish = {
  readonly only: ConsoleProtocol | null;
  readonly settings: SerialSettings | null;
  readonly patience: number;
};

/** What a practice concentrator asks of those who write; made when it was chosen. */
export type PracticePasswords = { readonly configurator: string; readonly administrator: string };

/** Opens a console on a pipe; tests give one with a script instead of a line. */
export type OpenConsole = (transport: Transport, deps: ConsoleDeps) => Promise<MeterConsole>;

/** The protocols load when somebody has a device to talk to. */
const openReal: OpenConsole = async (transport, deps) =>
  (await import('#lib/field/console/console.ts')).openConsole(transport, deps);

/** Twice what anybody waits for a device, so that a person sees the code of the real cause. */
const CLOSE_MS = 1500;

export class ConsoleDesk {
  readonly roles: readonly ConsoleRole[];
  phase = $state<ConsolePhase>('none');
  transport = $state.raw<Transport | null>(null);
  practice = $state.raw<PracticePasswords | null>(null);
  wish = $state.raw<LineWish>({ only: null, settings: null, patience: 1 });
  trials = $state.raw<readonly Trial[]>([]);
  /** Why nothing was found. */
  failure = $state.raw<Fault | null>(null);
  stopping = $state(false);
  device = $state.raw<FoundDevice | null>(null);
  /** A new one for each device: an answer that comes late belongs to the one before. */
  readout = $state.raw(new Asked<Readout>());
  /** Who else is on the bus; a search takes minutes, so it is kept while others are read. */
  neighbours = $state.raw<Readout['neighbours']>([]);
  /** How a plain DLMS meter is entered; null is the public client. */
  access = $state.raw<DlmsAccess | null>(null);
  profiles = $state.raw<Readonly<Record<string, Asked<ProfileTable>>>>({});
  emis = $state.raw<EmisDesk | null>(null);
  log = $state.raw<readonly CommandEntry[]>([]);
  readonly running: CommandEntry | null = $derived(
    this.log.findLast(({ status }) => status === 'running') ?? null,
  );
  #console: MeterConsole | null = null;
  readonly #open: OpenConsole;

  readonly #counters: DlmsCounters | null;

  constructor(
    roles: readonly Role[],
    {
      open = openReal,
      counters = null,
    }: { open?: OpenConsole; counters?: DlmsCounters | null } = {},
  ) {
    this.roles = consoleRolesOf(roles);
    this.#counters = counters;
    this.#open = open;
  }

  /** A port was chosen; the one before is let go. */
  async use(transport: Transport, practice: PracticePasswords | null = null): Promise<void> {
    await this.leave();
    this.transport = transport;
    this.practice = practice;
    this.phase = 'chosen';
  }

  /** Asks one protocol after the other until a device answers. */
  async detect(): Promise<void> {
    const { transport } = this;
    if (!transport || this.phase === 'detecting') return;
    this.#forget();
    this.phase = 'detecting';
    const sleep = keepAwake();
    try {
      this.#console ??= await this.#open(transport, {
        onLog: (log) => void (this.log = log),
        ...(this.#counters && { counters: this.#counters }),
      });
      const onTrial = (trial: Trial): void => void (this.trials = [...this.trials, trial]);
      const found = await this.#console.detect(this.wish, onTrial);
      if (found.ok) this.#found(found.value);
      else this.#lost(found.error);
    } finally {
      sleep();
      this.stopping = false;
    }
  }

  #found(device: FoundDevice): void {
    const console = this.#console;
    if (!console || this.phase !== 'detecting') return;
    this.device = device;
    this.phase = 'found';
    if (device.kind === 'emis951') {
      const open = console.emis.bind(console, device);
      this.emis = new EmisDesk({ roles: this.roles, open, identity: device.identity });
    }
  }

  #lost(failure: Fault): void {
    if (this.phase !== 'detecting') return;
    this.failure = failure;
    this.phase = 'chosen';
  }

  /** `access` is remembered while the device is at hand; a failure keeps what was read before. */
  async read(access: DlmsAccess | null = this.access): Promise<void> {
    const [console, device, readout] = [this.#console, this.device, this.readout];
    if (!console || !device || readout.busy) return;
    this.phase = 'reading';
    const sleep = keepAwake();
    try {
      const isRead = await readout.run(() => console.read(device, access));
      if (isRead && this.device === device) this.access = access;
    } finally {
      sleep();
      this.stopping = false;
    }
    if (this.device !== device) return;
    this.phase = readout.value ? 'read' : 'found';
    const seen = readout.value?.neighbours ?? [];
    if (seen.length) this.neighbours = seen;
    const told = readout.value?.identity;
    // Reading tells more of a device than finding it; what it leaves out stays known.
    if (told) this.device = { ...device, identity: mergeIdentity(device.identity, told) };
  }

  /** Another device of the same bus: what was read of the first one is let go. */
  async readNeighbour(address: string, serial: string): Promise<void> {
    const { device } = this;
    if (!device || this.readout.busy) return;
    this.readout.value = null;
    this.profiles = {};
    const identity = { serial, manufacturer: '', model: '' };
    this.device = { ...device, address, identity };
    await this.read();
  }

  async readProfile(ref: ProfileRef, period: Period | null): Promise<void> {
    const [console, device, access] = [this.#console, this.device, this.access];
    if (!console || !device) return;
    const asked = this.profiles[ref.code] ?? new Asked<ProfileTable>();
    this.profiles = { ...this.profiles, [ref.code]: asked };
    await asked.run(() => console.readProfile(device, ref, { access, period }));
    this.stopping = false;
  }

  /** Ends the running command; what came before stays. */
  stop(): void {
    this.stopping = true;
    this.#console?.stop();
  }

  /** Lets the device go and forgets its passwords. */
  async leave(): Promise<void> {
    const console = this.#console;
    this.#console = null;
    this.phase = 'none';
    this.transport = null;
    this.practice = null;
    this.log = [];
    this.#forget();
    console?.stop();
    // A device that is gone may never say that it is closed.
    const late = new Promise((end) => setTimeout(end, CLOSE_MS));
    await Promise.race([console?.close(), late]);
  }

  #forget(): void {
    this.trials = [];
    this.failure = null;
    this.device = null;
    this.access = null;
    this.profiles = {};
    this.neighbours = [];
    this.emis?.forget();
    this.emis = null;
    this.readout = new Asked<Readout>();
    this.stopping = false;
  }
}

const mergeIdentity = (known: Identity, told: Identity): Identity => ({
  serial: told.serial || known.serial,
  manufacturer: told.manufacturer || known.manufacturer,
  model: told.model || known.model,
});
