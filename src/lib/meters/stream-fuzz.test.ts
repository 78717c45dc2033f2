import { describe, expect, test } from 'vitest';
import { concatBytes, fromLatin1 } from '#lib/base/bytes.ts';
import { createPrng } from '#lib/base/prng.ts';
import { coversAll, feed, STREAM_TARGETS } from '../../../tests/support/fuzz-targets.ts';
import { IEC, MODBUS, P1, SEALED_P1, SML } from '../../../tests/support/meter-samples.ts';
import { mutate } from '../../../tests/support/mutate.ts';
import { explainEnvelope, explainP1 } from './dsmr/explain.ts';
import { createP1Framer } from './dsmr/framer.ts';
import type { ExplainedByte } from './explained.ts';
import { explainIec } from './iec62056-21/explain.ts';
import { encodeCommand, encodeMessage } from './iec62056-21/message.ts';
import { createPushFramer } from './iec62056-21/push-framer.ts';
import { explainModbus } from './modbus/explain.ts';
import { createModbusFramer } from './modbus/framer.ts';
import { explainSml } from './sml/explain.ts';
import { createSmlFramer, type TransportEvent } from './sml/transport.ts';

const smlFiles = (bytes: Uint8Array): readonly (TransportEvent & { kind: 'file' })[] => {
  const framer = createSmlFramer();
  const events = [...framer.push(bytes), ...framer.flush()];
  return events.flatMap((event) => (event.kind === 'file' ? [event] : []));
};

const GOOD: readonly (readonly [string, Uint8Array])[] = [
  ['P1', P1],
  ['sealed P1', SEALED_P1],
  ['SML', SML],
  ['IEC 62056-21', IEC],
  ...MODBUS.map(({ transmission, functionCode, bytes }): [string, Uint8Array] => [
    `Modbus ${transmission} ${functionCode}`,
    bytes,
  ]),
];

describe.each(GOOD)('%s', (_name, good) => {
  test('cut at every offset', () => {
    for (let end = 0; end <= good.length; end++) feed(STREAM_TARGETS, good.subarray(0, end));
  });

  test('mutated', () => {
    const prng = createPrng(good.length);
    for (let i = 0; i < 150; i++) feed(STREAM_TARGETS, mutate([good], prng));
  });
});

test('random bytes', () => {
  const prng = createPrng(4711);
  for (let i = 0; i < 500; i++) feed(STREAM_TARGETS, prng.bytes(prng.int(0, 120)));
});

test('framers lose no byte and hold no more than their longest message', () => {
  const prng = createPrng(99);
  const framers = [
    createP1Framer(),
    createPushFramer(),
    createModbusFramer('rtu', 'response'),
    createModbusFramer('tcp', 'request'),
    createModbusFramer('ascii', 'response'),
  ];
  for (const framer of framers) {
    const sent: Uint8Array[] = [];
    const got: Uint8Array[] = [];
    for (let i = 0; i < 400; i++) {
      const [, good] = prng.pick(GOOD);
      const bytes = prng.chance(0.5) ? good : prng.bytes(prng.int(1, 200));
      const piece = framer === framers[1] ? bytes.map((byte) => byte & 0x7f) : bytes;
      sent.push(piece);
      got.push(...framer.push(piece).map((event) => event.bytes));
    }
    const before = concatBytes(...got).length;
    got.push(...framer.flush().map((event) => event.bytes));
    expect(concatBytes(...got)).toEqual(concatBytes(...sent));
    expect(concatBytes(...sent).length - before).toBeLessThan(40_000);
  }
});

describe('explanations name every byte of what is whole', () => {
  const isNamed = (fields: readonly ExplainedByte[]): void => {
    expect(fields.filter(({ name }) => name === 'unknown' || name === 'left_over')).toEqual([]);
  };
  const find = (fields: readonly ExplainedByte[], name: string): string | undefined =>
    fields.find((field) => field.name === name)?.text;

  test('P1 and its envelope', () => {
    isNamed(explainP1(P1));
    coversAll(explainP1(P1), P1);
    expect(find(explainP1(P1), 'crc')).toBe('right');
    expect(find(explainP1(P1), 'value')).toBe('4821.500 kWh');
    isNamed(explainEnvelope(SEALED_P1));
    expect(find(explainEnvelope(SEALED_P1), 'invocation_counter')).toBe('77');
  });

  test('SML', () => {
    const [file] = smlFiles(SML);
    const fields = explainSml(file!);
    isNamed(fields);
    coversAll(fields, SML);
    expect(find(fields, 'objName')).toBe('1-0:1.8.0*255');
    expect(find(fields, 'value')).toBe('123456');
    expect(fields.filter(({ name }) => name === 'choice').map(({ text }) => text)).toContain(
      'get-list-response',
    );
  });

  test('IEC 62056-21', () => {
    const command = encodeCommand('R', '1', '1.8.0()');
    const request = encodeMessage({ kind: 'request', address: '42' });
    for (const bytes of [IEC, command, request, fromLatin1('\x06051\r\n'), Uint8Array.of(0x15)]) {
      isNamed(explainIec(bytes));
      coversAll(explainIec(bytes), bytes);
    }
    expect(find(explainIec(IEC), 'block_check')).toBe('right');
    expect(find(explainIec(command), 'block_check')).toBe('right');
    expect(find(explainIec(IEC), 'baud')).toBe('mode C, 9600 Bd');
  });

  test.each(MODBUS)('Modbus $transmission $functionCode', ({ bytes, transmission, direction }) => {
    const fields = explainModbus(bytes, transmission, direction);
    isNamed(fields);
    coversAll(fields, bytes);
    expect(fields.some(({ layer }) => layer === 'pdu')).toBe(true);
  });
});
