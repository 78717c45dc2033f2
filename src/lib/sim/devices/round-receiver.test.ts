import { describe, expect, test } from 'vitest';
import { createDongleFramer } from '../../meters/dongles/dongle.ts';
import type { DongleName } from '../../meters/dongles/dongles.table.ts';
import { initialState, step, type SessionStep } from '../../meters/dongles/session.ts';
import { decodeTelegram } from '../../meters/wmbus/decode.ts';
import { createRoundReceiver } from './round-receiver.ts';

const START = Date.UTC(2026, 10, 21, 6);
const meters = Array.from({ length: 20 }, (_, i) => ({
  meterId: i + 1,
  serial: String(21_000_000 + i),
  radioId: String(21_000_000 + i),
  register: 10,
  decimals: 3,
  hasKey: true,
  history: [[START - 864e5, '1000000']] as const,
  usualPerDay: ['100', '300'] as const,
}));
const keys = new Map(meters.map((m) => [m.meterId, new Uint8Array(16).fill(m.meterId)]));
const DONGLES: DongleName[] = ['im871a', 'iu891a', 'amb8465', 'cul'];

/** Everything the device sends in the first `ms` after it was opened, as the framer's events. */
function run(dongle: DongleName, ms: number) {
  const device = createRoundReceiver({ meters, keys, startAt: START, dongle });
  const framer = createDongleFramer(dongle);
  let now: SessionStep = step(initialState(dongle, 'T'), { kind: 'start' });
  const telegrams: { bytes: Uint8Array; rssi: number | undefined }[] = [];
  for (let at = START; at < START + ms; at += 20) {
    for (const bytes of now.send) device.write(bytes);
    now = { ...now, send: [] };
    for (const chunk of device.poll(at)) {
      for (const event of framer.push(chunk)) {
        if (event.kind === 'telegram') {
          telegrams.push({ bytes: event.bytes, rssi: event.rssi_dbm });
        } else now = step(now.state, event);
      }
    }
  }
  return { phase: now.state.phase, telegrams };
}

describe.each(DONGLES)('%s', (dongle) => {
  const { phase, telegrams } = run(dongle, 40_000);

  test('is opened by its own dialogue', () => expect(phase).toBe('ready'));

  test('every telegram survives framing and noise with its signal strength', () => {
    // 44 of the round and every fifth time a stranger.
    expect(telegrams).toHaveLength(52);
    expect(telegrams.every(({ rssi }) => rssi !== undefined && rssi < -40)).toBe(true);
  });

  test('modes 5 and 7 open with the right key, the value is what the meter shows', () => {
    const modes = new Set<number>();
    const heard = new Set<string>();
    const shut = new Set<string>();
    for (const { bytes } of telegrams) {
      const sender = decodeTelegram(bytes).device?.id ?? '';
      const meter = meters.find((m) => m.radioId === sender);
      if (!meter) continue;
      const telegram = decodeTelegram(bytes, { keyFor: () => keys.get(meter.meterId)! });
      if (telegram.status !== 'decoded') {
        shut.add(sender);
        continue;
      }
      heard.add(sender);
      modes.add(telegram.tpl?.mode ?? -1);
      const wrong = decodeTelegram(bytes, { keyFor: () => new Uint8Array(16).fill(99) });
      expect(wrong.status).not.toBe('decoded');
    }
    expect([...modes].sort()).toEqual([5, 7]);
    // Two of twenty are out of reach, and the thirteenth seals with a key nobody told.
    expect(heard.size).toBe(17);
    expect([...shut]).toEqual([meters[12]!.radioId]);
  });
});

test('one seed, one stream of bytes', () => {
  expect(run('im871a', 9000)).toEqual(run('im871a', 9000));
});
