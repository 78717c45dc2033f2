/**
 * The fault proxy of level 2: a `fetch` between one browser process and the real server. Each
 * request takes the next fault; it knows bytes and status codes and nothing of what they mean.
 */
import type { BrowserProcess } from './disk.ts';
import type { NetFault } from './schedule.ts';
import { WHO } from './server.ts';

export type Network = {
  readonly fetch: typeof globalThis.fetch;
  /** Faults for the next requests, in order; then none. */
  faults: NetFault[];
  /** Delivers what was held back; its answer is heard by nobody. */
  deliverLate(): Promise<void>;
  /** How many requests had which fault. */
  readonly met: Map<NetFault, number>;
  /** Every push that left, whole. */
  readonly sent: string[];
};

const PORTAL = '<html>Welcome to the airport. Sign in.</html>';
const broken = () => new TypeError('fetch failed');

export function openNetwork(
  origin: string,
  { process, user }: { process: BrowserProcess; user: string },
  { met, sent }: Pick<Network, 'met' | 'sent'>,
): Network {
  const held: (() => Promise<unknown>)[] = [];
  const send = (path: string, { signal: _, ...init }: RequestInit, who: string | null = user) => {
    const headers = { ...(init.headers as Record<string, string>), ...(who && { [WHO]: who }) };
    return globalThis.fetch(origin + path, { ...init, headers });
  };
  const never = new Promise<never>(() => {});
  const network: Network = {
    faults: [],
    met,
    sent,
    async fetch(input, init = {}) {
      process.step();
      if (!process.alive) return never;
      const fault = network.faults.shift() ?? 'none';
      if (String(input).endsWith('/push')) sent.push(JSON.stringify({ user, body: init.body }));
      met.set(fault, (met.get(fault) ?? 0) + 1);
      const answer = await suffer(fault, { path: String(input), init, send, held });
      process.step();
      return process.alive ? answer : never;
    },
    async deliverLate() {
      for (const one of held.splice(0).reverse()) await one().catch(() => {});
    },
  };
  return network;
}

type Suffer = {
  readonly path: string;
  readonly init: RequestInit;
  readonly send: (path: string, init: RequestInit, who?: string | null) => Promise<Response>;
  readonly held: (() => Promise<unknown>)[];
};

async function suffer(fault: NetFault, { path, init, send, held }: Suffer): Promise<Response> {
  switch (fault) {
    case 'none':
      return send(path, init);
    case 'drop-request':
      throw broken();
    case 'reorder':
      held.push(() => send(path, init));
      throw broken();
    case 'slow': {
      // Still under way when the phone gave up and asks again.
      const coming = send(path, init).catch(() => null);
      held.push(() => coming);
      throw new DOMException('timed out', 'TimeoutError');
    }
    case 'drop-response':
      await drain(send(path, init));
      throw broken();
    case 'duplicate': {
      const [first] = await Promise.all([send(path, init), drain(send(path, init))]);
      return first;
    }
    case 'truncate-request':
      return send(path, { ...init, ...(init.body && { body: half(init.body) }) });
    case 'truncate-response': {
      const whole = await send(path, init);
      const text = init.method === 'HEAD' ? '' : await whole.text();
      return new Response(text.slice(0, text.length / 2), { status: whole.status });
    }
    case 'captive-portal':
      return new Response(PORTAL, { headers: { 'content-type': 'text/html' } });
    case 'signed-out':
      return send(path, init, null);
    case 'server-error':
      return new Response('upstream', { status: 500 });
  }
}

const drain = async (coming: Promise<Response>): Promise<void> =>
  void (await (await coming).arrayBuffer());

const half = (body: BodyInit): BodyInit =>
  typeof body === 'string'
    ? body.slice(0, body.length / 2)
    : (body as Uint8Array<ArrayBuffer>).slice(0, (body as Uint8Array).length / 2);
