/** A minute of silence and what the receiver is asked then, on a clock that costs no minute. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { toHex } from '#lib/base/bytes.ts';
import { frameMessage } from '#lib/meters/dongles/dongle.ts';
import { DONGLE_TABLE } from '#lib/meters/dongles/dongles.table.ts';
import type { Chunk, Transport } from '#lib/transport/transport.ts';
import { listen, type ListenEvent } from './listen.ts';
import { RadioBook } from './radio-book.ts';

const ROW = DONGLE_TABLE.find(({ name }) => name === 'iu891a')!;

const HALF_MINUTE_MS = 30_000;

/** A receiver that is set up as its maker says and hears nothing; it may hang half a minute on. */
function deafReceiver(options: { hangs: boolean }): Transport {
  const diesAt = options.hangs ? Date.now() + HALF_MINUTE_MS : Infinity;
  const known = [...Object.values(ROW.modes).flat(), ...(ROW.selfTest ? [ROW.selfTest] : [])];
  const dialogue = known.map(({ send, answer }) => ({
    asked: toHex(frameMessage('iu891a', send)),
    reply: frameMessage('iu891a', answer),
  }));
  let give: ((chunk: IteratorResult<Chunk>) => void) | null = null;
  return {
    name: 'deaf',
    status: 'open',
    open: async () => {},
    close: async () => {},
    write: async (bytes) => {
      const found = dialogue.find(({ asked }) => toHex(bytes) === asked);
      if (found && Date.now() < diesAt) {
        const value = { at: Date.now(), bytes: found.reply };
        setTimeout(() => give?.({ done: false, value }), 5);
      }
    },
    read: () => ({
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<IteratorResult<Chunk>>((resolve) => (give = resolve)),
      }),
    }),
  };
}

async function silentFor(ms: number, transport: Transport): Promise<ListenEvent[]> {
  const events: ListenEvent[] = [];
  const stop = new AbortController();
  const done = listen(
    {
      transport,
      choices: [{ dongle: 'iu891a', mode: 'T' }],
      book: new RadioBook([], new Map()),
      roundId: 1,
      meters: [],
      taken: new Set(),
      judge: () => [],
      capture: () => Promise.reject(new TypeError('nothing is heard')),
      on: (event) => void events.push(event),
    },
    stop.signal,
  );
  await vi.advanceTimersByTimeAsync(ms);
  stop.abort();
  await vi.advanceTimersByTimeAsync(10);
  await done;
  return events;
}

const causes = (events: readonly ListenEvent[]) =>
  events.flatMap((event) => (event.kind === 'silent' ? [event.causes] : []));

describe('a minute of silence', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('is said after sixty seconds, not after fifty', async () => {
    expect(causes(await silentFor(50_000, deafReceiver({ hangs: false })))).toEqual([]);
  });

  test('with a receiver that answers its self test: too far, other mode, other house', async () => {
    const events = await silentFor(66_000, deafReceiver({ hangs: false }));
    expect(causes(events)).toEqual([['too-far', 'other-mode', 'other-house']]);
    expect(events).toContainEqual(expect.objectContaining({ kind: 'receiver', phase: 'testing' }));
    expect(events.filter(({ kind }) => kind === 'receiver').at(-1)).toMatchObject({
      phase: 'ready',
    });
  });

  test('with one that does not answer: the receiver itself is dead', async () => {
    const events = await silentFor(70_000, deafReceiver({ hangs: true }));
    expect(causes(events)).toEqual([['receiver-dead']]);
    expect(events.filter(({ kind }) => kind === 'receiver').at(-1)).toMatchObject({
      phase: 'failed',
      failure: 'silent',
    });
  });
});
