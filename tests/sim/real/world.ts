/**
 * One schedule of level 2: phones with the real store, sync engine and photos, the fault proxy, the
 * real server. It knows what each step does; what must hold afterwards is in checks.ts.
 */
import { IDBFactory } from 'fake-indexeddb';
import { createPrng, type Prng } from '#lib/base/prng.ts';
import { DAY_MS } from '#lib/base/interval.ts';
import type { FieldEvent } from '#lib/contract/fieldsync.ts';
import { openOffline } from '#lib/offline/open.ts';
import { httpRemote } from '#lib/offline/remote.ts';
import type { Offline } from '#lib/offline/types.ts';
import { BrowserProcess, copyDisk } from './disk.ts';
import { openNetwork, type Network } from './network.ts';
import type { RealStep } from './schedule.ts';
import { USERS, type RealServer } from './server.ts';

/** Forty-five minutes before Berlin's clocks go back. */
const START = Date.UTC(2026, 9, 25, 0, 15);
const MOST_PHONES = 4;
/** Phones keep events for 30 days; an older backup is nobody's promise. */
const BACKUP_LIMIT_MS = 25 * DAY_MS;
/** Attempts until a phone on a good network must have sent everything. */
const MOST_ATTEMPTS = 10;

type Disk = { idb: IDBFactory; has: Set<string> };
type Phone = {
  disk: Disk;
  image: Disk | null;
  user: string;
  zone: string;
  skewMs: number;
  running: { process: BrowserProcess; offline: Offline; network: Network } | null;
};
/** What a capture() promised, with the time its phone showed. */
export type Told = { readonly event: FieldEvent; readonly device: string; readonly clock: number };

export type RealWorld = {
  readonly server: RealServer;
  readonly told: Told[];
  /** Names of what was on a storage that the browser threw away or set back. */
  readonly gone: Set<string>;
  readonly devices: Set<string>;
  readonly met: Network['met'];
  readonly sent: string[];
  /** Processes that were ended before a chosen request. */
  kills: number;
  readonly phones: Phone[];
  readonly prng: Prng;
  backedUpAt: number | null;
  /** What a phone said when it could not send everything although all was well. */
  readonly stuck: string[];
};

export function newRealWorld(server: RealServer, seed: number): RealWorld {
  server.clock.now = START;
  return {
    server,
    told: [],
    gone: new Set(),
    devices: new Set(),
    met: new Map(),
    sent: [],
    kills: 0,
    phones: [newPhone(), newPhone()],
    prng: createPrng(seed).fork('world'),
    backedUpAt: null,
    stuck: [],
  };
}

const newDisk = (): Disk => ({ idb: new IDBFactory(), has: new Set() });
const newPhone = (): Phone => ({
  disk: newDisk(),
  image: null,
  user: USERS[0],
  zone: 'UTC',
  skewMs: 0,
  running: null,
});

export async function runRealStep(world: RealWorld, step: RealStep): Promise<void> {
  const phone = world.phones[step.phone % world.phones.length]!;
  const { server } = world;
  switch (step.kind) {
    case 'capture':
      return captureStep(world, phone, step);
    case 'sync':
      return syncStep(world, phone, step);
    case 'two-tabs':
      return twoTabs(world, phone);
    case 'clock':
      phone.skewMs = step.ms;
      return;
    case 'zone':
      phone.zone = step.zone;
      return;
    case 'advance':
      server.clock.now += step.ms;
      return;
    case 'rotate-key':
      return server.rotateKey();
    case 'server-backup':
      await server.backUp();
      world.backedUpAt = server.clock.now;
      return;
    case 'server-restore': {
      const age = server.clock.now - (world.backedUpAt ?? -Infinity);
      if (age <= BACKUP_LIMIT_MS) await server.recover();
      return;
    }
    default:
      return storageStep(world, phone, step);
  }
}

async function storageStep(world: RealWorld, phone: Phone, { kind }: RealStep): Promise<void> {
  end(phone);
  switch (kind) {
    case 'switch-user':
      phone.user = phone.user === USERS[0] ? USERS[1] : USERS[0];
      return;
    case 'clone':
      if (world.phones.length === MOST_PHONES) return;
      world.phones.push({ ...phone, disk: await copyOf(phone.disk), running: null });
      return;
    case 'phone-backup':
      phone.image = await copyOf(phone.disk);
      return;
    case 'evict':
      return become(world, phone, newDisk());
    default:
      if (phone.image) become(world, phone, await copyOf(phone.image));
  }
}

const copyOf = async ({ idb, has }: Disk): Promise<Disk> => ({
  idb: await copyDisk(idb),
  has: new Set(has),
});

function become(world: RealWorld, phone: Phone, disk: Disk): void {
  for (const name of phone.disk.has) if (!disk.has.has(name)) world.gone.add(name);
  phone.disk = disk;
}

function end(phone: Phone): void {
  phone.running?.offline.close();
  phone.running?.process.kill();
  phone.running = null;
}

/** Starts the app on the phone's disk; null when the process is ended while it starts. */
async function start(
  world: RealWorld,
  phone: Phone,
  endAfter: number | null = null,
): Promise<NonNullable<Phone['running']> | null> {
  process.env['TZ'] = phone.zone;
  const browser = new BrowserProcess(phone.disk.idb);
  if (endAfter !== null) browser.endAfter(endAfter);
  browser.takeOver();
  const who = { process: browser, user: phone.user };
  const network = openNetwork(world.server.origin, who, world);
  const opening = openOffline({
    userId: phone.user,
    remote: httpRemote(network.fetch),
    now: () => world.server.clock.now + phone.skewMs,
    withRounds: false,
  });
  opening.catch(() => {});
  const offline = await Promise.race([opening, browser.ended]);
  if (!offline || !browser.alive) return null;
  world.devices.add(offline.deviceId);
  return { process: browser, offline, network };
}

type Work = (running: NonNullable<Phone['running']>) => Promise<void>;

/** Runs `work` in the phone's process, ended before its `endAfter`th request when that comes. */
async function inProcess(
  world: RealWorld,
  phone: Phone,
  { endAfter, work }: { endAfter: number | null; work: Work },
): Promise<void> {
  process.env['TZ'] = phone.zone;
  phone.running ??= await start(world, phone, endAfter);
  const { running } = phone;
  if (!running) {
    world.kills++;
    return;
  }
  running.process.endAfter(endAfter ?? Infinity);
  const working = work(running);
  // What a dead process still throws is heard by nobody.
  working.catch(() => {});
  await Promise.race([working, running.process.ended]);
  running.process.endAfter(Infinity);
  if (running.process.alive) return;
  world.kills++;
  phone.running = null;
}

const captureStep = (world: RealWorld, phone: Phone, step: RealStep & { kind: 'capture' }) =>
  inProcess(world, phone, {
    endAfter: step.end,
    async work(running) {
      running.process.full = step.full;
      const photos = await takePhoto(world, phone, { running, size: step.photo });
      const several = Array.from({ length: step.events }, () =>
        captureOne(world, phone, { running, photos }),
      );
      await Promise.all(several);
      running.process.full = 'nothing';
    },
  });

type Running = NonNullable<Phone['running']>;

async function takePhoto(
  world: RealWorld,
  phone: Phone,
  { running, size }: { running: Running; size: number | null },
): Promise<string[]> {
  if (size === null) return [];
  const bytes = world.prng.bytes(size) as Uint8Array<ArrayBuffer>;
  const photo = new Blob([bytes], { type: 'image/jpeg' });
  const sha256 = await running.offline.photos.put(photo).catch(expectFull);
  if (sha256 === null || !running.process.alive) return [];
  phone.disk.has.add(sha256);
  return [sha256];
}

async function captureOne(
  world: RealWorld,
  phone: Phone,
  { running, photos }: { running: Running; photos: string[] },
): Promise<void> {
  const clock = world.server.clock.now + phone.skewMs;
  const meterId = world.prng.pick(world.server.meterIds);
  const rest = { register: 10, source: 'typed', raw: null, flags: [], confirmed: true } as const;
  const value = (1000 + world.prng.next()).toFixed(3);
  const body = { roundId: null, meterId, value, ...rest, photos };
  const captured = running.offline.outbox.capture('reading.captured', body);
  const event = await captured.catch(expectFull);
  if (event === null || !running.process.alive) return;
  phone.disk.has.add(event.hash);
  world.told.push({ event, device: running.offline.deviceId, clock });
}

/** A full disk is told in words; every other failure is a finding of the schedule. */
function expectFull(error: unknown): null {
  if ((error as { code?: string }).code === 'quota-exceeded') return null;
  throw error;
}

const syncStep = (world: RealWorld, phone: Phone, step: RealStep & { kind: 'sync' }) =>
  inProcess(world, phone, {
    endAfter: step.end,
    async work({ offline, network }) {
      network.faults = [...step.faults];
      await offline.sync.now();
      network.faults = [];
      await network.deliverLate();
    },
  });

async function twoTabs(world: RealWorld, phone: Phone): Promise<void> {
  const second = await start(world, phone);
  await inProcess(world, phone, {
    endAfter: null,
    async work(first) {
      const tabs = second ? [first, second, first] : [first];
      const one = (running: Running) => captureOne(world, phone, { running, photos: [] });
      await Promise.all(tabs.map(one));
      await Promise.all(tabs.map(({ offline }) => offline.sync.now()));
    },
  });
  second?.offline.close();
  second?.process.kill();
}

/** The network is back and clocks are right: every person's storage on every phone is sent. */
export async function healAll(world: RealWorld): Promise<Offline[]> {
  const open: Offline[] = [];
  for (const phone of world.phones) {
    end(phone);
    phone.skewMs = 0;
  }
  // Clones learn of each other only through the server.
  for (let turn = 0; turn < 2; turn++) {
    for (const phone of world.phones) {
      const names = (await phone.disk.idb.databases()).map(({ name }) => name);
      for (const user of USERS.filter((id) => names.includes(`kilter-${id}`))) {
        phone.user = user;
        const running = await start(world, phone);
        if (!running) continue;
        await sendAll(world, running.offline);
        if (turn === 0) running.offline.close();
        else open.push(running.offline);
      }
    }
  }
  return open;
}

async function sendAll(world: RealWorld, offline: Offline): Promise<void> {
  for (let i = 0; i < MOST_ATTEMPTS; i++) {
    const { ok, unsent } = await offline.sync.maySignOut();
    if (ok) return;
    if (i === MOST_ATTEMPTS - 1) world.stuck.push(`${offline.deviceId}: ${unsent} unsent`);
  }
}
