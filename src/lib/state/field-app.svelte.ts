/**
 * The reader's app while it is open: who works, what the phone holds, the receiver, the last thing
 * that can be undone.
 *
 * It knows lib/offline and lib/field; it knows no page. The layout of (field) makes one and gives
 * it to its pages by context.
 */
import { createContext } from 'svelte';
import { createApi } from '#lib/api/client.ts';
import { rememberStart } from '#lib/api/start-path.ts';
import { HOUR_MS, SECOND_MS } from '#lib/base/interval.ts';
import type { Role } from '#lib/domain/role.ts';
import { hoursLeft, type BatterySample } from '#lib/field/battery.ts';
import { createSignals, type Signals } from '#lib/field/signals.ts';
import { keepAwake } from '#lib/field/wake-lock.ts';
import type { MeterView, Offline, RoundView, SyncStatus } from '#lib/offline/types.ts';
import type { LockCode, LockError } from '#lib/offline/errors.ts';
import type { Loss, StorageReport } from '#lib/offline/types-device.ts';
import { CatchAll, forgetStrangers } from './field-catch-all.svelte.ts';
import { FieldLight } from './field-light.svelte.ts';
import { LiveState } from './field-live.svelte.ts';
import { Receiver } from './field-receiver.svelte.ts';
import { WHO_KEY } from './sign-out.ts';

/** The reader as this phone remembers him, so that a start without network needs no server. */
export type Who = {
  readonly userId: string;
  readonly name: string;
  readonly zone: string;
  readonly mayRead: boolean;
  /** Electrical-safety group; absent when the phone remembers an older answer. */
  readonly electricalGroup?: number | null;
  /** What he may do at a device's console follows from these. */
  readonly roles: readonly Role[];
};

export type UndoOffer = {
  readonly text: string;
  /** Null: told, but nothing to take back. */
  readonly undo: (() => Promise<void>) | null;
};

const READERS: readonly string[] = ['reader', 'operator', 'admin'];

export type Gate = 'opening' | 'open' | 'signed-out' | 'forbidden' | 'failed' | 'locked';

/** Why the storage stays shut (LockError), and when a PIN may be tried again. */
export type Lock = { readonly code: LockCode; readonly records: number; readonly until: number };

/** A PIN is asked again after a working day, however long the app stays open. */
const RELOCK_MS = 12 * HOUR_MS;

export class FieldApp {
  gate = $state<Gate>('opening');
  /** Code of a StorageError when `gate` is `failed`. */
  failure = $state<string | null>(null);
  /** When `gate` is `locked`. */
  lock = $state.raw<Lock | null>(null);
  /** Records that are nowhere any more; stays until it was read (I12). */
  loss = $state.raw<Loss | null>(null);
  who = $state.raw<Who | null>(null);
  offline = $state.raw<Offline | null>(null);
  /** The browser's word: enough to try something by it, not to tell a person. */
  online = $state(navigator.onLine);
  storage = $state.raw<StorageReport | null>(null);
  battery = $state<number | null>(null);
  /** Hours the battery still lasts; null while that cannot be told. */
  batteryHours = $state<number | null>(null);
  /** Wall clock for ages; once a second is enough for "3 s ago". */
  now = $state(Date.now());
  offer = $state.raw<UndoOffer | null>(null);
  /** A page with keys at its bottom draws the offer itself, where it covers none of them. */
  offerOnPage = $state(false);
  /** Code of the StorageError because of which the last capture was not kept. */
  notKept = $state<string | null>(null);
  /** A practice storage is in the place of the real one: nothing is sent. */
  training = $state(false);
  readonly light = new FieldLight();
  readonly signals: Signals = createSignals();
  readonly receiver: Receiver;
  #real: Offline | null = null;
  #rounds = $state.raw<LiveState<readonly RoundView[]> | null>(null);
  #sync = $state.raw<LiveState<SyncStatus | null> | null>(null);
  #relock: ReturnType<typeof setTimeout> | undefined;
  #meters: { readonly roundId: number; readonly live: LiveState<readonly MeterView[]> } | null =
    null;
  #catchAll: { readonly roundId: number; readonly list: CatchAll } | null = null;
  readonly #ends: (() => void)[] = [];

  constructor() {
    this.receiver = new Receiver(this.signals, (roundId) => {
      const { list, roundId: of } = this.#catchAll ?? {};
      return of === roundId && list?.on ? list : null;
    });
    const clock = setInterval(() => (this.now = Date.now()), SECOND_MS);
    const onNetwork = (): void => void (this.online = navigator.onLine);
    const unlock = (): void => this.signals.unlock();
    window.addEventListener('online', onNetwork);
    window.addEventListener('offline', onNetwork);
    window.addEventListener('pointerdown', unlock, { once: true });
    this.#ends.push(
      () => clearInterval(clock),
      () => window.removeEventListener('online', onNetwork),
      () => window.removeEventListener('offline', onNetwork),
    );
    void this.#watchBattery();
  }

  get rounds(): readonly RoundView[] {
    return this.#rounds?.current ?? [];
  }
  get roundsKnown(): boolean {
    return this.#rounds?.known ?? false;
  }
  get sync(): SyncStatus | null {
    return this.#sync?.current ?? null;
  }
  /**
   * What is told: a browser believes in a network that reaches nobody, and the last attempt knows.
   * A practice reaches nobody on purpose.
   */
  get reachable(): boolean {
    return this.online && (this.training || this.sync?.lastError !== 'offline');
  }
  get unsent(): number {
    return this.sync?.unsent ?? 0;
  }
  get zone(): string {
    return this.who?.zone ?? 'UTC';
  }

  /**
   * The meters of a round as they change. The last round asked for stays open: its pages follow
   * each other with every meter, and ten thousand rows take a moment.
   */
  metersOf(offline: Offline, roundId: number): LiveState<readonly MeterView[]> {
    if (this.#meters?.roundId !== roundId) {
      this.#meters?.live.close();
      this.#meters = { roundId, live: new LiveState(offline.rounds.meters(roundId), []) };
    }
    return this.#meters.live;
  }

  /** Strangers' meters of a round; the last round asked for stays open, as it may listen. */
  catchAllOf(offline: Offline, roundId: number): CatchAll {
    if (this.#catchAll?.roundId !== roundId) {
      const list = new CatchAll(offline, roundId);
      this.#catchAll = { roundId, list };
      void list.open();
    }
    return this.#catchAll.list;
  }

  /** Lists of rounds that have left this phone; a full phone does it another time. */
  async forgetHeard(): Promise<void> {
    const ids = this.rounds.map(({ roundId }) => roundId);
    if (this.offline) await forgetStrangers(this.offline, ids).catch(() => {});
  }

  /** Finds out who works here and opens his storage. Never throws: see `gate`. */
  async open(): Promise<void> {
    const who = await this.#findWho();
    if (!who) return void (this.gate = 'signed-out');
    if (!who.mayRead) return void (this.gate = 'forbidden');
    this.who = who;
    await this.unlock({});
  }

  /** Opens the storage; again with a PIN, or `anew` without what does not open. See `gate`. */
  async unlock(how: { readonly pin?: string; readonly anew?: boolean }): Promise<void> {
    const userId = this.who?.userId ?? '';
    try {
      const { openOffline } = await import('#lib/offline/open.ts');
      const onLocked = (): void => this.#shut({ code: 'revoked', records: 0, until: 0 });
      const offline = await openOffline({ userId, onLocked, ...how });
      this.#show(offline);
      offline.sync.start();
      this.gate = 'open';
      rememberStart('/field');
      this.#relockLater(offline);
      this.storage = await offline.sync.storage();
      void this.askLoss();
    } catch (error) {
      if (error instanceof Error && error.name === 'LockError') {
        const { code, about } = error as LockError;
        this.lock = { code, records: about.records, until: Date.now() + about.waitMs };
        this.gate = 'locked';
        return;
      }
      this.failure = (error as { code?: string }).code ?? 'storage-lost';
      this.gate = 'failed';
    }
  }

  /** Practice begins: the real storage stays open beside it and goes on sending what is unsent. */
  lendStorage(practice: Offline): void {
    this.receiver.forget();
    this.#real ??= this.offline;
    this.#show(practice);
    this.training = true;
  }

  /** Practice ends; returns its storage, for the caller to close. */
  returnStorage(): Offline | null {
    const practice = this.training ? this.offline : null;
    const real = this.#real;
    if (!practice || !real) return null;
    this.receiver.forget();
    this.#real = null;
    this.training = false;
    this.offer = null;
    this.#show(real);
    return practice;
  }

  #show(offline: Offline): void {
    this.#rounds?.close();
    this.#sync?.close();
    this.#meters?.live.close();
    this.#meters = null;
    this.offline = offline;
    this.#rounds = new LiveState(offline.rounds.list(), []);
    this.#sync = new LiveState<SyncStatus | null>(offline.sync.status, null);
  }

  /** Asks the server what a cleared storage still owed; without a network, another time. */
  async askLoss(): Promise<void> {
    if (this.training) return;
    this.loss = (await this.offline?.safety.loss().catch(() => null)) ?? null;
  }

  async lossRead(): Promise<void> {
    this.loss = null;
    await this.offline?.safety.lossRead();
  }

  #relockLater(offline: Offline): void {
    clearTimeout(this.#relock);
    this.#relock = setTimeout(async () => {
      const open = this.#real ?? this.offline;
      if (open !== offline || !(await offline.safety.hasPin())) return;
      this.#shut({ code: 'pin-needed', records: this.unsent, until: 0 });
    }, RELOCK_MS);
  }

  #shut(lock: Lock): void {
    this.receiver.stop();
    this.#rounds?.close();
    this.#meters?.live.close();
    this.#meters = this.#catchAll = null;
    this.#sync?.close();
    this.offline?.close();
    this.#real?.close();
    this.#real = this.offline = null;
    this.training = false;
    this.lock = lock;
    this.gate = 'locked';
  }

  /**
   * Runs a capture. A phone that is full or closed is said aloud and stays on the screen until it
   * is read; then the answer is null and nothing was stored.
   */
  async keep<T>(work: (offline: Offline) => Promise<T>): Promise<T | null> {
    if (!this.offline) return null;
    try {
      const kept = await work(this.offline);
      this.notKept = null;
      return kept;
    } catch (error) {
      this.notKept = (error as { code?: string }).code ?? 'storage-lost';
      this.signals.play('alarm');
      return null;
    }
  }

  /** Shows what was done for ten seconds, with the way back. */
  tell(text: string, undo: UndoOffer['undo'] = null): void {
    this.offer = { text, undo };
  }

  /** A record is kept; the way back is a second record that voids it. */
  tellKept(eventId: string, kept: string, undone: string): void {
    this.tell(kept, async () => {
      if (await this.takeBack(eventId)) this.tell(undone);
    });
  }

  /** False when the phone could not write it down; see `notKept`. */
  async takeBack(eventId: string): Promise<boolean> {
    const body = { eventId, reason: 'undo' };
    return (await this.keep(({ outbox }) => outbox.capture('reading.voided', body))) !== null;
  }

  async undo(): Promise<void> {
    const offer = this.offer;
    this.offer = null;
    await offer?.undo?.();
  }

  close(): void {
    clearTimeout(this.#relock);
    this.receiver.stop();
    for (const end of this.#ends) end();
    this.light.close();
    this.#rounds?.close();
    this.#meters?.live.close();
    this.#sync?.close();
    this.offline?.close();
    this.#real?.close();
    this.signals.close();
  }

  /** The server when it answers, else what this phone remembers: a basement has no network. */
  async #findWho(): Promise<Who | null> {
    const saved = readWho();
    if (!navigator.onLine && saved) return saved;
    try {
      const me = await createApi(fetch).account.getMe.query();
      if (!me) return forgetWho();
      const mayRead = me.roles.some((role) => READERS.includes(role));
      const { userId, name, roles, electricalGroup } = me;
      const who = { userId, name, zone: me.org.timeZone, mayRead, roles, electricalGroup };
      localStorage.setItem(WHO_KEY, JSON.stringify(who));
      return who;
    } catch {
      return saved;
    }
  }

  /** The screen stays on until the function is called: a round is walked with the phone in hand. */
  stayAwake(): () => void {
    return keepAwake();
  }

  async #watchBattery(): Promise<void> {
    type Battery = EventTarget & { level: number; charging: boolean; dischargingTime: number };
    const ask = (navigator as { getBattery?: () => Promise<Battery> }).getBattery;
    const battery = await ask?.call(navigator).catch(() => null);
    if (!battery) return;
    let samples: BatterySample[] = [];
    const show = (): void => {
      const { level, charging, dischargingTime: dischargingS } = battery;
      // A cable in between makes the fall before it say nothing.
      samples = charging ? [] : [...samples, { at: Date.now(), level }];
      this.battery = level;
      this.batteryHours = hoursLeft(samples, { charging, dischargingS });
    };
    show();
    const changes = ['levelchange', 'chargingchange', 'dischargingtimechange'];
    for (const change of changes) battery.addEventListener(change, show);
    this.#ends.push(() => {
      for (const change of changes) battery.removeEventListener(change, show);
    });
  }
}

function readWho(): Who | null {
  try {
    const who = JSON.parse(localStorage.getItem(WHO_KEY) ?? 'null') as Who | null;
    // Who was remembered without roles may do what every reader may until the network returns.
    return who && { ...who, roles: who.roles ?? ['reader'] };
  } catch {
    return null;
  }
}

function forgetWho(): null {
  localStorage.removeItem(WHO_KEY);
  return null;
}

export const [getFieldApp, setFieldApp] = createContext<FieldApp>();
