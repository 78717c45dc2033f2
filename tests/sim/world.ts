/**
 * Runs one schedule: phones, a server, a bad network and a clock that nobody waits for. It knows
 * what each fault does; what must hold afterwards is in checks.ts.
 */
import { DAY_MS, SECOND_MS } from '#lib/base/interval.ts';
import { applyPull } from '#lib/offline/view.ts';
import type { Came } from '#lib/offline/answer.ts';
import type { Bug } from './bugs.ts';
import { carry, deliverCarried } from './carry.ts';
import { Checks } from './checks.ts';
import type { Step, SyncFault } from './schedule.ts';
import {
  beginWrite,
  commitWrite,
  handlePull,
  handlePush,
  newServer,
  PHOTO_PIECES,
  uuid,
  type PushCrash,
  type SimServer,
  type Tables,
} from './server.ts';
import {
  cloneOf,
  commit,
  encode,
  newPhone,
  nextRequest,
  prepare,
  prune,
  reload,
  sendPiece,
  settle,
  switchUser,
  upgrade,
  wipe,
  type Carried,
  type Request,
  type SimPhone,
} from './sim-phone.ts';

const START = Date.UTC(2026, 10, 21);
/** Backups older than this are nobody's promise: phones keep events for 30 days. */
const BACKUP_LIMIT_MS = 25 * DAY_MS;
const MAX_PHONES = 5;
/** Pushes until a phone must have sent everything, forks and rewinding included. */
const MOST_TURNS = 25;

export type World = {
  now: number;
  phones: SimPhone[];
  server: SimServer;
  backup: { tables: Tables; at: number } | null;
  /** Containers that colleagues carry until there is a network. */
  carried: Carried[];
  /** Phones with the same history live, or lived: only then may a server see a fork. */
  twins: boolean;
  /** Requests that the network still has. */
  delayed: string[];
  /** Every request that ever left, for the replay at the end. */
  sent: string[];
  epochs: number;
  checks: Checks;
  readonly bug: Bug | null;
};

/** Runs `steps`, heals everything, and returns what was violated. */
export function runSchedule(steps: readonly Step[], bug: Bug | null): World {
  const world: World = {
    now: START,
    phones: [newPhone(0, bug), newPhone(1, bug), newPhone(2, bug)],
    server: newServer(bug),
    backup: null,
    carried: [],
    twins: false,
    delayed: [],
    sent: [],
    epochs: 0,
    checks: new Checks(),
    bug,
  };
  for (const step of steps) {
    world.now += SECOND_MS;
    runStep(world, step);
    world.checks.afterStep(world);
  }
  heal(world);
  world.checks.atEnd(world, (text) => push(world, text, 'none'));
  return world;
}

function runStep(world: World, step: Step): void {
  const phone = world.phones[step.phone % world.phones.length]!;
  const { server } = world;
  switch (step.kind) {
    case 'capture':
      return captureStep(world, phone, step);
    case 'sync':
      return syncStep(world, phone, step.fault);
    case 'late-answer':
      if (phone.waiting) finish(world, phone, phone.waiting);
      phone.waiting = null;
      return;
    case 'deliver': {
      const text = world.delayed.shift();
      // The phone gave up long ago: nobody hears the answer.
      if (text !== undefined) push(world, text, 'none');
      return;
    }
    case 'pull':
      return void pullOnce(world, phone);
    case 'prune': {
      const { held } = phone.disk;
      prune(phone, world.now);
      return world.checks.pruned(phone, held);
    }
    case 'upgrade': {
      const { held } = phone.disk;
      upgrade(phone);
      return world.checks.upgraded(held, phone.disk.held);
    }
    case 'reload':
      return reload(phone);
    case 'photo':
      return sendPiece(phone, server, step.fault);
    case 'clone':
      world.twins = true;
      if (world.phones.length < MAX_PHONES) world.phones.push(cloneOf(phone));
      return;
    case 'clock':
      phone.skewMs = step.ms;
      return;
    case 'zone':
      phone.zoneMs = step.ms;
      return;
    case 'token-expires':
    case 'sign-in':
      phone.signedIn = step.kind === 'sign-in';
      return;
    case 'advance':
      world.now += step.ms;
      return;
    case 'carry':
      return carry(world, phone);
    case 'evict':
    case 'wipe':
    case 'phone-backup':
    case 'phone-restore':
    case 'switch-user':
      return storageStep(world, phone, step);
    default:
      return serverStep(world, step, phone);
  }
}

/** A browser or a backup takes away, brings back or exchanges a whole storage. */
function storageStep(world: World, phone: SimPhone, step: Step): void {
  const at = world.phones.indexOf(phone);
  const { disk, photos, pull, copy } = phone;
  switch (step.kind) {
    case 'evict':
      world.checks.setBack(phone, null);
      world.phones[at] = newPhone(1000 + step.k, world.bug);
      return;
    case 'wipe':
      world.checks.wiped(phone);
      return wipe(phone, step.k);
    case 'phone-backup':
      phone.image = { disk, photos, pull, copy };
      return;
    case 'phone-restore':
      if (!phone.image) return;
      world.twins = true;
      world.checks.setBack(phone, phone.image);
      Object.assign(phone, phone.image);
      return reload(phone);
    default: {
      world.phones[at] = switchUser(phone, newPhone(2000 + step.k, world.bug));
      return world.checks.switched(disk.held, phone);
    }
  }
}

function serverStep(world: World, step: Step, phone: SimPhone): void {
  const { server } = world;
  switch (step.kind) {
    case 'server-backup':
      world.backup = { tables: server.tables, at: world.now };
      return;
    case 'server-restore':
      return restore(world, step.k);
    case 'write':
      return beginWrite(server, step.k, 'put');
    case 'remove':
      return beginWrite(server, step.k, 'tomb');
    case 'commit':
      return commitWrite(server);
    case 'rotate-key':
      server.key++;
      return;
    case 'revoke':
      server.revoked = new Set([...server.revoked, phone.disk.head.device]);
      return;
    case 'close-round':
      server.roundOpen = false;
  }
}

function captureStep(world: World, phone: SimPhone, step: Step & { kind: 'capture' }): void {
  const { fault, k } = step;
  const tab = fault === 'second-tab' ? 1 : 0;
  const draft = draftOf(step, takePhoto(world, phone, step));
  const made = prepare(phone, draft, { now: world.now, tab });
  const told = () => world.checks.saved(phone, made.event, world.now + phone.skewMs);
  if (world.bug === 'saved-too-early') told();
  if (fault === 'crash-before-commit' || fault === 'crash-inside') return reload(phone);
  if (fault === 'quota') {
    // The transaction was rolled back; an honest app shows the error instead of "saved".
    if (world.bug === 'quota-swallowed') told();
    return;
  }
  const heldBefore = phone.disk.held.length;
  if (world.bug !== 'capture-needs-token' || phone.signedIn) commit(phone, made, tab);
  if (fault === 'crash-after-commit') return reload(phone);
  told();
  world.checks.captured(phone, { k, heldBefore });
}

/** The photo is kept before the event that names it; one that does not fit is not named. */
function takePhoto(world: World, phone: SimPhone, { k, fault }: Step & { kind: 'capture' }) {
  const sha256 = k.toString(16).padStart(64, '0');
  if (fault === 'photo-quota') return world.bug === 'photo-quota-swallowed' ? [sha256] : [];
  if (fault !== 'photo') return [];
  phone.photos = new Map(phone.photos).set(sha256, 0);
  return [sha256];
}

function draftOf({ k, fault }: Step & { kind: 'capture' }, photos: readonly string[]) {
  const poison = fault === 'poison';
  return {
    id: uuid(0x100000 + k),
    user: fault === 'other-user' ? 'colleague' : 'reader',
    type: poison && k % 2 ? 'reading.imagined' : 'reading.captured',
    body: {
      roundId: 1,
      meterId: (k % 12) + 1,
      register: 10,
      value: poison && k % 2 === 0 ? 'twelve' : `${1200 + k}.317`,
      source: 'typed',
      raw: null,
      flags: [],
      confirmed: false,
      photos,
    },
  };
}

const PORTAL: Came = { status: 200, body: '<html>Welcome to the airport. Sign in.</html>' };

function syncStep(world: World, phone: SimPhone, fault: SyncFault): void {
  const request = nextRequest(phone);
  const text = encode(request);
  if (fault !== 'truncate-request') world.sent.push(text);
  const answered = (came: Came | null) => {
    if (came) finish(world, phone, { request, came });
  };
  const isReached = !['drop-request', 'delay-request', 'captive-portal'].includes(fault);
  if (!phone.signedIn && isReached) return answered({ status: 401, body: '{"proto":1}' });
  switch (fault) {
    case 'drop-request':
      return;
    case 'delay-request':
      world.delayed.push(text);
      return;
    case 'captive-portal':
      return answered(PORTAL);
    case 'signed-out':
      return answered({ status: 401, body: '{"proto":1}' });
    case 'server-error':
      return answered({ status: 503, body: 'upstream' });
    case 'truncate-request':
      return answered(push(world, text.slice(0, text.length / 2), 'none'));
    case 'duplicate':
      push(world, text, 'none');
      return answered(push(world, text, 'none'));
    case 'server-dies-before-commit':
      return answered(push(world, text, 'before-commit'));
    case 'server-dies-after-commit':
      return answered(push(world, text, 'after-commit'));
    default:
      return answeredBadly(world, phone, { request, text, fault });
  }
}

/** The server did its work; what happens to the answer is the fault. */
function answeredBadly(
  world: World,
  phone: SimPhone,
  { request, text, fault }: { request: Request; text: string; fault: SyncFault },
): void {
  const came = push(world, text, 'none');
  if (!came || fault === 'drop-response') return;
  if (fault === 'phone-dies-before-settle') return reload(phone);
  if (fault === 'slow-answer') {
    phone.waiting = { request, came };
    return;
  }
  if (fault === 'truncate-response') {
    const half = { ...came, body: came.body.slice(0, came.body.length / 2) };
    return finish(world, phone, { request, came: half });
  }
  if (fault === 'two-tabs') {
    const second = push(world, text, 'none');
    finish(world, phone, { request, came });
    if (second) finish(world, phone, { request, came: second });
    return;
  }
  finish(world, phone, { request, came });
}

/** A few events of an older app, or of a damaged disk, are not even shaped like events. */
function push(world: World, text: string, crash: PushCrash): Came | null {
  return handlePush(world.server, text, { now: world.now, crash });
}

function finish(world: World, phone: SimPhone, got: { request: Request; came: Came }): void {
  const heldBefore = phone.disk.held;
  const freshEpoch = uuid(0xf00000 + world.epochs++);
  const about = { now: world.now, freshEpoch, serverKey: world.server.key };
  const answer = settle(phone, got, about);
  if (answer) for (let i = 0; i < PHOTO_PIECES; i++) sendPiece(phone, world.server, 'none');
  world.checks.answered(world, phone, { ...got, answer, heldBefore });
}

function pullOnce(world: World, phone: SimPhone): boolean {
  const answer = handlePull(world.server, phone.pull.cursor);
  phone.pull = applyPull(phone.pull, answer);
  world.checks.pulled(world, phone);
  return answer.more;
}

function restore(world: World, k: number): void {
  const { backup, server } = world;
  if (!backup || world.now - backup.at > BACKUP_LIMIT_MS) return;
  // Recovery to a point in time starts a new timeline; server/sync names epochs after it.
  server.tables = { ...backup.tables, epoch: uuid(0xe000000 + k) };
  server.open = [];
}

/** The network is back, clocks are right, nobody writes: everything must now come to rest. */
function heal(world: World): void {
  while (world.server.open.length) commitWrite(world.server);
  for (const text of world.delayed.splice(0)) push(world, text, 'none');
  deliverCarried(world);
  // Clones learn of each other only through the server, so a few turns are needed.
  for (let turn = 0, news = true; turn < 3 && news; turn++) {
    news = everyPhone(world)
      .map((phone) => drain(world, phone))
      .includes(true);
  }
  for (const phone of everyPhone(world)) {
    for (let i = 0; i < 2 * phone.photos.size; i++) sendPiece(phone, world.server, 'none');
    for (let i = 0; i < 40 && pullOnce(world, phone); i++);
  }
}

/** Sends all there is; whether anything changed on the phone. */
function drain(world: World, phone: SimPhone): boolean {
  Object.assign(phone, { skewMs: 0, waiting: null, signedIn: true });
  const { epochs } = phone.disk.head;
  for (let i = 0; i < MOST_TURNS; i++) {
    world.now += SECOND_MS;
    const request = nextRequest(phone);
    const came = push(world, encode(request), 'none');
    if (came) finish(world, phone, { request, came });
    const done = request.events.length === 0 && phone.disk.held.every((row) => row.receipt);
    if (done) return i > 0 || phone.disk.head.epochs.length > epochs.length;
  }
  return true;
}

/** Also those that lie under another person's on the same phone. */
export const everyPhone = ({ phones }: World): SimPhone[] =>
  phones.flatMap((phone) => (phone.stowed ? [phone, phone.stowed] : [phone]));
