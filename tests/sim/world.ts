/**
 * Runs one schedule: phones, a server, a bad network and a clock that nobody waits for. It knows
 * what each fault does; what must hold afterwards is in checks.ts.
 */
import { DAY_MS, SECOND_MS } from '#lib/base/interval.ts';
import { applyPull } from '#lib/offline/view.ts';
import type { Came } from '#lib/offline/answer.ts';
import type { Bug } from './bugs.ts';
import { Checks } from './checks.ts';
import type { Step, SyncFault } from './schedule.ts';
import {
  beginWrite,
  commitWrite,
  handlePull,
  handlePush,
  newServer,
  uuid,
  type PushCrash,
  type SimServer,
  type Tables,
} from './server.ts';
import {
  cloneOf,
  commit,
  newPhone,
  nextRequest,
  prepare,
  prune,
  reload,
  settle,
  upgrade,
  type Request,
  type SimPhone,
} from './sim-phone.ts';

const START = Date.UTC(2026, 10, 21);
/** Backups older than this are nobody's promise: phones keep events for 30 days. */
const BACKUP_LIMIT_MS = 25 * DAY_MS;
const MAX_PHONES = 5;

export type World = {
  now: number;
  phones: SimPhone[];
  server: SimServer;
  backup: { tables: Tables; at: number } | null;
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
    case 'prune':
      return prune(phone);
    case 'upgrade':
      return upgrade(phone);
    case 'reload':
      return reload(phone);
    case 'clone':
      if (world.phones.length < MAX_PHONES) world.phones.push(cloneOf(phone));
      return;
    case 'evict':
      world.checks.evicted(phone);
      world.phones[world.phones.indexOf(phone)] = newPhone(1000 + step.k, world.bug);
      return;
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
    case 'clock':
      phone.skewMs = step.ms;
      return;
    case 'advance':
      world.now += step.ms;
  }
}

function captureStep(world: World, phone: SimPhone, step: Step & { kind: 'capture' }): void {
  const { fault, k } = step;
  const tab = fault === 'second-tab' ? 1 : 0;
  const made = prepare(phone, draftOf(step), { now: world.now, tab });
  const told = () => world.checks.saved(made.event);
  if (world.bug === 'saved-too-early') told();
  if (fault === 'crash-before-commit' || fault === 'crash-inside') return reload(phone);
  if (fault === 'quota') {
    // The transaction was rolled back; an honest app shows the error instead of "saved".
    if (world.bug === 'quota-swallowed') told();
    return;
  }
  const unsentBefore = phone.disk.held.length;
  commit(phone, made, tab);
  if (fault === 'crash-after-commit') return reload(phone);
  told();
  world.checks.captured(phone, { k, unsentBefore });
}

function draftOf({ k, fault }: Step & { kind: 'capture' }) {
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
      photos: [],
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
function encode(request: Request): string {
  return JSON.stringify(request, (key, value: unknown) =>
    key === 'body' && (value as { value?: string }).value === 'twelve' ? 'poison' : value,
  );
}

function push(world: World, text: string, crash: PushCrash): Came | null {
  return handlePush(world.server, text, { now: world.now, crash });
}

function finish(world: World, phone: SimPhone, got: { request: Request; came: Came }): void {
  const heldBefore = phone.disk.held;
  const freshEpoch = uuid(0xf00000 + world.epochs++);
  const answer = settle(phone, got, { now: world.now, freshEpoch });
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
  // Clones learn of each other only through the server, so a few turns are needed.
  for (let turn = 0; turn < 3; turn++) {
    for (const phone of world.phones) {
      phone.skewMs = 0;
      phone.waiting = null;
      for (let i = 0; i < 12; i++) {
        world.now += SECOND_MS;
        const request = nextRequest(phone);
        const came = push(world, encode(request), 'none');
        if (came) finish(world, phone, { request, came });
        if (request.events.length === 0 && phone.disk.held.every((row) => row.receipt)) break;
      }
    }
  }
  for (const phone of world.phones) for (let i = 0; i < 40 && pullOnce(world, phone); i++);
}
