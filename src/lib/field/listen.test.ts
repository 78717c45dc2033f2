import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { must } from '#lib/base/assert.ts';
import { fromHex, toHex } from '#lib/base/bytes.ts';
import type { ReadingCaptured } from '#lib/contract/fieldsync.ts';
import { wrapTelegram } from '#lib/meters/dongles/dongle.ts';
import type { DongleName } from '#lib/meters/dongles/dongles.table.ts';
import { peekAddress } from '#lib/meters/wmbus/peek.ts';
import { createRoundReceiver } from '#lib/sim/devices/round-receiver.ts';
import { ReplayTransport } from '#lib/transport/replay.ts';
import { SimulatedTransport } from '#lib/transport/simulated.ts';
import type { Transport } from '#lib/transport/transport.ts';
import { listen, type ListenEvent } from './listen.ts';
import { RadioBook, type RadioMeter } from './radio-book.ts';

const VECTORS = new URL('../../../../shared/vectors/wmbus.jsonl', import.meta.url);

type Heard = { events: ListenEvent[]; captured: (ReadingCaptured & { latencyMs: number })[] };

/** Listens until `enough` says so; every capture is timed from the bytes to the kept row. */
async function hear(
  transport: Transport,
  meters: readonly RadioMeter[],
  options: {
    dongle: DongleName;
    keys?: ReadonlyMap<number, Uint8Array>;
    forMs: number;
    taken?: readonly number[];
  },
): Promise<Heard & { end: string }> {
  const heard: Heard = { events: [], captured: [] };
  const stop = new AbortController();
  const bytesAt = new Map<number, number>();
  setTimeout(() => stop.abort(), options.forMs);
  const end = await listen(
    {
      transport,
      choices: [{ dongle: options.dongle, mode: 'T' }],
      book: new RadioBook(meters, options.keys ?? new Map()),
      roundId: 1,
      meters,
      taken: new Set(options.taken),
      judge: () => [],
      capture: async (body) => {
        const latencyMs = Date.now() - (bytesAt.get(body.meterId) ?? 0);
        heard.captured.push({ ...body, latencyMs });
        return { id: `event-${body.meterId}` };
      },
      on: (event) => {
        heard.events.push(event);
        if (event.kind === 'heard') bytesAt.set(event.trace.meterId, event.trace.at);
      },
    },
    stop.signal,
  );
  return { ...heard, end };
}

describe('the simulated receiver of a round', () => {
  const meters = [1, 2, 3].map((n) => ({
    meterId: n,
    serial: `1000000${n}`,
    radioId: `1000000${n}`,
    register: 10,
    decimals: 3,
    hasKey: true,
    history: [[Date.now() - 864e5, '1000000']] as const,
    usualPerDay: ['100', '300'] as const,
  }));
  const keys = new Map(meters.map(({ meterId }) => [meterId, new Uint8Array(16).fill(meterId)]));

  test('is opened by its dialogue and read once per meter, strangers only counted', async () => {
    const device = createRoundReceiver({ meters, keys, startAt: Date.now() - 4000 });
    const transport = new SimulatedTransport('practice', device);
    const { captured, events, end } = await hear(transport, meters, {
      dongle: 'iu891a',
      keys,
      forMs: 1500,
    });
    expect(end).toBe('aborted');
    expect(captured.map(({ meterId }) => meterId).sort()).toEqual([1, 2, 3]);
    expect(captured[0]).toMatchObject({ register: 10, source: 'radio', value: '1000.200' });
    expect(events).toContainEqual(expect.objectContaining({ kind: 'receiver', phase: 'ready' }));
    expect(transport.status).toBe('closed');
  });
});

test('a later value of a meter that has its reading is told, not captured', async () => {
  const key = new Uint8Array(16).fill(1);
  const meter = {
    ...{ meterId: 1, serial: '10000001', radioId: '10000001', register: 10, decimals: 3 },
    ...{ hasKey: true, history: [[Date.now() - 864e5, '1000000']] as const },
    usualPerDay: ['100', '300'] as const,
  };
  const keys = new Map([[1, key]]);
  const device = createRoundReceiver({ meters: [meter], keys, startAt: Date.now() - 4000 });
  const { captured, events } = await hear(new SimulatedTransport('practice', device), [meter], {
    ...{ dongle: 'iu891a', keys, forMs: 1200, taken: [1] },
  });
  expect(captured).toEqual([]);
  const newer = events.filter((event) => event.kind === 'newer');
  expect(newer[0]).toMatchObject({ value: 1_000_200n, trace: { meterId: 1, cause: null } });
});

test('a receiver that goes away ends the listening as disconnected', async () => {
  const transport = new ReplayTransport('gone', [], { thenLost: true });
  const { end } = await hear(transport, [], { dongle: 'cul', forMs: 3000 });
  expect(end).toBe('disconnected');
});

test('a dongle that never answers is not waited for', async () => {
  const transport = new ReplayTransport('mute', []);
  const { end } = await hear(transport, [], { dongle: 'im871a', forMs: 9000 });
  expect(end).toBe('no_reply');
}, 12_000);

type Vector = {
  id: string;
  hex: string;
  key?: string;
  expect: { id?: string; checks?: { field: string; value: number; unit?: string }[] };
};

/** Public water telegrams with a total that their source publishes, one per meter. */
function waterVectors(): {
  meter: RadioMeter;
  bytes: Uint8Array;
  key: Uint8Array | null;
  m3: number;
}[] {
  const lines = readFileSync(VECTORS, 'utf8').split('\n').filter(Boolean);
  const seen = new Set<string>();
  return lines.flatMap((line, i) => {
    const { hex, key, expect: wanted } = JSON.parse(line) as Vector;
    const total = wanted.checks?.find(({ field, unit }) => field === 'total_m3' && unit === 'm3');
    const bytes = fromHex(hex ?? '');
    const id = bytes.ok ? peekAddress(bytes.value)?.device.id : undefined;
    if (!bytes.ok || !total || !id || seen.has(id)) return [];
    seen.add(id);
    const secret = key ? fromHex(key) : null;
    return [
      {
        meter: { meterId: i + 1, radioId: id, register: 10 },
        bytes: bytes.value,
        key: secret?.ok ? secret.value : null,
        m3: total.value,
      },
    ];
  });
}

describe.skipIf(!existsSync(VECTORS))('recorded telegrams through a recorded dongle', () => {
  test('each decodable one is on its row within 300 ms and shows the published value', async () => {
    const vectors = waterVectors();
    const steps = vectors.map(({ bytes }) => ({
      afterMs: 2,
      bytes: wrapTelegram('rtlwmbus', bytes, -70),
    }));
    const keys = new Map(
      vectors.flatMap(({ meter, key }) => (key ? [[meter.meterId, key] as const] : [])),
    );
    const transport = new ReplayTransport('recording', steps);
    const meters = vectors.map(({ meter }) => meter);
    const { captured, events } = await hear(transport, meters, {
      dongle: 'rtlwmbus',
      keys,
      forMs: 2500,
    });
    const wrong = captured.flatMap((body) => {
      const vector = must(
        vectors.find(({ meter }) => meter.meterId === body.meterId),
        'only rows of the round are captured',
      );
      const close = Math.abs(Number(body.value) - vector.m3) < 0.001;
      return close ? [] : [`${toHex(vector.bytes).slice(0, 24)} ${body.value} ${vector.m3}`];
    });
    const heardRows = new Set(
      events.flatMap((event) => (event.kind === 'heard' ? [event.trace.meterId] : [])),
    );
    console.info(`${captured.length} of ${vectors.length} rows read, ${heardRows.size} heard`);
    expect(wrong).toEqual([]);
    expect(heardRows.size).toBe(vectors.length);
    expect(captured.length).toBeGreaterThan(vectors.length / 2);
    expect(Math.max(...captured.map(({ latencyMs }) => latencyMs))).toBeLessThan(300);
  }, 20_000);
});
if (!existsSync(VECTORS)) console.info('listen.test.ts: no ../shared/vectors here, skipped.');
