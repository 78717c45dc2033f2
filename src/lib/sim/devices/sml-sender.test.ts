import { expect, test } from 'vitest';
import { concatBytes, fromLatin1, toHex } from '#lib/base/bytes.ts';
import { decodeSmlFile } from '../../meters/sml/file.ts';
import { createSmlFramer } from '../../meters/sml/transport.ts';
import { disturb, LINE_FAULTS } from './line-faults.ts';
import { createSmlSender } from './sml-sender.ts';

const serverId = fromLatin1('\x0a\x01KLT\x00\x01\x02\x03\x04');

test('three seconds of a line give three files, whichever check sum the meter computes', () => {
  for (const crc of ['x25', 'kermit'] as const) {
    const sender = createSmlSender({ seed: 5, serverId, crc });
    const framer = createSmlFramer();
    const events = [0, 1, 3600].flatMap((second) => [...framer.push(sender.fileAt(second))]);
    const files = events.flatMap((e) => (e.kind === 'file' ? [decodeSmlFile(e.payload)] : []));
    expect(files.map(({ fault }) => fault)).toEqual([null, null, null]);
    const [first, , last] = files.map(({ entries }) => entries[0]?.content);
    const power = files[0]?.entries[2]?.content;
    if (first?.kind !== 'number' || last?.kind !== 'number' || power?.kind !== 'number') {
      throw new Error('no numbers');
    }
    expect(last.raw - first.raw).toBe(power.raw * 10n);
  }
});

test('a fault anywhere in one file spoils at most this file', () => {
  const sender = createSmlSender({ seed: 5, serverId });
  const [one, two] = [sender.fileAt(1), sender.fileAt(2)];
  for (const fault of LINE_FAULTS) {
    for (let at = 0; at < one.length; at++) {
      const framer = createSmlFramer();
      const stream = concatBytes(disturb(one, { fault, at, seed: 3 }), two);
      const files = [...framer.push(stream), ...framer.flush()].flatMap((event) =>
        event.kind === 'file' ? [toHex(event.bytes)] : [],
      );
      expect(files.at(-1), `${fault} at ${at}`).toBe(toHex(two));
      // Noise in front of the start leaves the file whole; nothing else that is wrong passes.
      if (files.length === 2) expect(files[0]).toBe(toHex(one));
    }
  }
});
