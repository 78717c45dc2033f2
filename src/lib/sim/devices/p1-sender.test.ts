import { expect, test } from 'vitest';
import { concatBytes, toLatin1 } from '#lib/base/bytes.ts';
import { formatDecimal } from '#lib/base/decimal.ts';
import { openEnvelope, readEnvelope } from '../../meters/dsmr/encrypted.ts';
import { createP1Framer } from '../../meters/dsmr/framer.ts';
import { parseTelegram } from '../../meters/dsmr/telegram.ts';
import { disturb, LINE_FAULTS } from './line-faults.ts';
import { createP1Sender } from './p1-sender.ts';

const AT = Date.UTC(2026, 10, 25, 20, 15, 7);
const KEYS = { key: new Uint8Array(16).fill(9), authKey: null };

test.each([3, 5] as const)('version %d is read, gas with its own time', (version) => {
  const telegram = parseTelegram(createP1Sender({ seed: 2, version }).telegramAt(AT));
  if (!telegram.ok) throw new Error(telegram.error.detail);
  expect(telegram.value.unreadable).toEqual([]);
  const gas = telegram.value.objects.at(-1)!;
  expect(gas.value.kind === 'number' && gas.value.unit).toBe('m3');
  expect(gas.time).toEqual({
    local: '2026-11-25T21:00:00',
    isSummer: version === 5 ? false : null,
  });
});

test('an hour later the register has grown by the power', () => {
  const sender = createP1Sender({ seed: 2, version: 5 });
  const [before, after] = [AT, AT + 3_600_000].map((at) => {
    const read = parseTelegram(sender.telegramAt(at));
    const value = (obis: string): number => {
      const found = read.ok && read.value.objects.find((object) => object.obis === obis)?.value;
      return found && found.kind === 'number' ? Number(formatDecimal(found.value)) : NaN;
    };
    return { energy: value('1-0:1.8.1'), power: value('1-0:1.7.0') };
  });
  expect(after!.energy - before!.energy).toBeCloseTo(before!.power, 2);
});

test('encrypted telegrams open with the key', () => {
  const bytes = createP1Sender({ seed: 2, version: 5, keys: KEYS }).telegramAt(AT);
  const [event] = createP1Framer().push(bytes);
  const envelope = readEnvelope(event!.bytes);
  const opened = envelope.ok ? openEnvelope(envelope.value, KEYS) : envelope;
  expect(opened.ok && toLatin1(opened.value.telegram)).toMatch(/^\/KLT5\\2KILTER-SIM\r\n/);
});

test('a fault anywhere in one telegram never passes as a valid one and spares the next', () => {
  const sender = createP1Sender({ seed: 2, version: 5 });
  const [one, two] = [sender.telegramAt(AT), sender.telegramAt(AT + 1000)];
  for (const fault of LINE_FAULTS) {
    for (let at = 0; at < one.length; at += 3) {
      const framer = createP1Framer();
      const stream = concatBytes(disturb(one, { fault, at, seed: 3 }), two);
      const telegrams = [...framer.push(stream), ...framer.flush()].flatMap((event) => {
        const read = event.kind === 'telegram' ? parseTelegram(event.bytes) : null;
        return read?.ok && read.value.crc?.valid ? [toLatin1(event.bytes)] : [];
      });
      expect(telegrams.at(-1), `${fault} at ${at}`).toBe(toLatin1(two));
      if (telegrams.length === 2) expect(telegrams[0]!.trim()).toBe(toLatin1(one).trim());
    }
  }
});
