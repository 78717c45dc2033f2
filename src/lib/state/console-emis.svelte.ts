/**
 * A concentrator at hand: the role it is entered with, what was read of it and what was written.
 *
 * Each section keeps its last answer when the next question fails. Knows the functions of
 * lib/field/console; lib/state/console makes one when a concentrator answers. The password lives
 * in a private field until the person leaves.
 */
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { Instant } from '#lib/base/interval.ts';
import type { Fault } from '#lib/base/result.ts';
import { mayAtConsole } from '#lib/domain/console-rights.table.ts';
import type { ConsoleFunction, ConsoleRole } from '#lib/domain/console-rights.table.ts';
import { METER_PROFILES, PARAMETER_GROUPS } from '#lib/field/emis-parameters.ts';
import type {
  Access,
  EmisConsole,
  Identity,
  JournalEntry,
  ManagedMeterView,
  ParameterSet,
  ParameterValue,
  Period,
  ProfileTable,
  WriteOutcome,
} from '#lib/field/console/types.ts';
import { Asked } from './asked.svelte.ts';

export const parameterGroups = PARAMETER_GROUPS;
export const meterProfiles = METER_PROFILES;

type Deps = {
  readonly roles: readonly ConsoleRole[];
  readonly open: (access: Access) => EmisConsole;
  readonly identity: Identity;
};

export class EmisDesk {
  readonly roles: readonly ConsoleRole[];
  readonly identity: Identity;
  role = $state<ConsoleRole>('reader');
  /** Names that will be read. */
  readonly ticked = new SvelteSet<string>(PARAMETER_GROUPS.flatMap(({ names }) => names));
  readonly values = new SvelteMap<string, ParameterValue>();
  /** How the last writing of each parameter ended. */
  readonly outcomes = new SvelteMap<string, WriteOutcome>();
  readonly parameters = new Asked<readonly ParameterValue[]>();
  readonly writing = new Asked<WriteOutcome>();
  /** Phone's time at which the device's clock was read. */
  clockReadAt = $state<Instant | null>(null);
  readonly clock = new Asked<readonly ParameterValue[]>();
  readonly clockSet = new Asked<WriteOutcome>();
  readonly meters = new Asked<readonly ManagedMeterView[]>();
  readonly journal = new Asked<readonly JournalEntry[]>();
  profiles = $state.raw<Readonly<Record<string, Asked<ProfileTable>>>>({});
  readonly entering = new Asked<readonly ParameterValue[]>();
  readonly importing = new Asked<readonly WriteOutcome[]>();
  readonly password = new Asked<WriteOutcome>();
  readonly clearing = new Asked<WriteOutcome>();
  readonly firmware = new Asked<WriteOutcome>();
  /** Part of the firmware that the device has, 0 to 1. */
  progress = $state(0);
  #access: Access = { role: 'reader', password: '' };
  readonly #open: Deps['open'];

  constructor({ roles, open, identity }: Deps) {
    this.roles = roles;
    this.identity = identity;
    this.#open = open;
  }

  /** The device's own role decides what is offered (E-41). */
  may(what: ConsoleFunction): boolean {
    return mayAtConsole(this.role, what);
  }

  get #session(): EmisConsole {
    return this.#open(this.#access);
  }

  /** Takes a role when the device lets it in; the one before stays when it does not. */
  async enter(role: ConsoleRole, password: string): Promise<boolean> {
    const access = { role, password };
    const probe = () => this.#open(access).readParameters(['serial_number']);
    if (!(await this.entering.run(probe))) return false;
    this.#access = access;
    this.role = role;
    return true;
  }

  /** Back to reading; the password is forgotten at once. */
  forget(): void {
    this.#access = { role: 'reader', password: '' };
    this.role = 'reader';
  }

  tick(names: readonly string[], isOn: boolean): void {
    for (const name of names) {
      if (isOn) this.ticked.add(name);
      else this.ticked.delete(name);
    }
  }

  async readTicked(): Promise<void> {
    await this.parameters.run(() => this.#session.readParameters([...this.ticked]));
    this.#keep(this.parameters.value ?? []);
  }

  #keep(read: readonly ParameterValue[]): void {
    for (const one of read) this.values.set(one.name, one);
  }

  /** Writes and reads back what the device has now. False when nothing was written. */
  async write(name: string, text: string): Promise<boolean> {
    const outcome = await this.writing.run(() => this.#session.writeParameter(name, text));
    if (!outcome) return false;
    this.outcomes.set(name, outcome);
    const back = await this.#session.readParameters([name]);
    if (back.ok) this.#keep(back.value);
    return outcome.isWritten;
  }

  async readClock(): Promise<void> {
    if (await this.clock.run(() => this.#session.readParameters(['clock']))) {
      this.clockReadAt = Date.now();
      this.#keep(this.clock.value ?? []);
    }
  }

  /** The phone's own time; then the clock is read again: the screen shows what the device has. */
  async setClock(): Promise<void> {
    const outcome = await this.clockSet.run(() => this.#session.setClock(Date.now()));
    if (outcome?.isWritten) await this.readClock();
  }

  async readMeters(): Promise<void> {
    await this.meters.run(() => this.#session.readMeters());
  }

  profile(serial: string, profile: string): Asked<ProfileTable> | null {
    return this.profiles[`${serial} ${profile}`] ?? null;
  }

  async readProfile(meter: ManagedMeterView, profile: string, period: Period | null) {
    const key = `${meter.serial} ${profile}`;
    const asked = this.profiles[key] ?? new Asked<ProfileTable>();
    this.profiles = { ...this.profiles, [key]: asked };
    await asked.run(() => this.#session.readProfile(meter, profile, period));
  }

  async readJournal(period: Period | null): Promise<void> {
    await this.journal.run(() => this.#session.readJournal(period));
  }

  async importSet(set: ParameterSet): Promise<void> {
    const outcomes = await this.importing.run(() => this.#session.importSet(set));
    if (!outcomes) return;
    for (const one of outcomes) this.outcomes.set(one.name, one);
    const names = outcomes.map(({ name }) => name);
    const back = await this.#session.readParameters(names);
    if (back.ok) this.#keep(back.value);
  }

  /** The own password is used from now on where it was changed. */
  async changePassword(role: ConsoleRole, password: string): Promise<boolean> {
    const outcome = await this.password.run(() => this.#session.changePassword(role, password));
    if (outcome?.isWritten && role === this.role) this.#access = { role, password };
    return outcome?.isWritten ?? false;
  }

  async clearData(): Promise<void> {
    const outcome = await this.clearing.run(() => this.#session.clearData());
    if (!outcome?.isWritten) return;
    // What the device no longer has is shown no longer as its own.
    this.profiles = {};
    this.journal.value = null;
  }

  async updateFirmware(image: Uint8Array): Promise<void> {
    this.progress = 0;
    const onProgress = (part: number): void => void (this.progress = part);
    await this.firmware.run(() => this.#session.updateFirmware(image, onProgress));
  }
}

/** First failure of several questions of one screen. */
export const firstFailure = (...asked: readonly Asked<unknown>[]): Fault | null =>
  asked.find(({ failure }) => failure)?.failure ?? null;
