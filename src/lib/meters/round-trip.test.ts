/** Properties: whatever is encoded decodes to itself, in each protocol and with any content. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader, ByteWriter, concatBytes, toHex } from '#lib/base/bytes.ts';
import { decodeData, encodeData, type DlmsData } from './dlms/axdr.ts';
import { encodeHdlc, readHdlc } from './dlms/hdlc/frame.ts';
import { splitHdlc, stuff, withFlags } from './dlms/hdlc/stream.ts';
import { encodeMbusMessage, readMbusMessages } from './dlms/mbus-segment.ts';
import { encodeWrapped, readWrapped } from './dlms/wrapper.ts';
import { createDongleFramer, wrapTelegram } from './dongles/dongle.ts';
import { DONGLE_TABLE } from './dongles/dongles.table.ts';
import { openEnvelope, readEnvelope, sealTelegram } from './dsmr/encrypted.ts';
import { encodeP1, parseTelegram } from './dsmr/telegram.ts';
import { formatDataBlock } from './iec62056-21/data-set.ts';
import { encodeData as encodeIec, parseMessage } from './iec62056-21/message.ts';
import { encodeDib } from './mbus/header.ts';
import { decodeRecords, encodeRecords } from './mbus/records.ts';
import { decodeSelect, encodeSelect } from './mbus/select.ts';
import { decodeAscii, decodeRtu, decodeTcp, encodeAdu } from './modbus/frames.ts';
import { decodePdu, encodePdu, type ModbusPdu } from './modbus/pdu.ts';
import { createSmlFramer, encodeTransport } from './sml/transport.ts';
import { readSmlValue, writeSmlValue, type SmlValue } from './sml/value.ts';
import { padPayload } from './mbus/security.ts';
import { decodeTelegram } from './wmbus/decode.ts';
import { encodeTelegram } from './wmbus/encode.ts';

// One seed replays one run; the long search for mistakes is `npm run bench -- fuzz`.
const RUNS = { seed: 13757, numRuns: 100 };
const check = <T>(arbitrary: fc.Arbitrary<T>, holds: (value: T) => void): void =>
  fc.assert(
    fc.property(arbitrary, (value) => void holds(value)),
    RUNS,
  );
/** Bytes of this realm: those of fast-check compare as another type in some runners. */
const bytes = (minLength: number, maxLength: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength, maxLength }).map((b) => Uint8Array.from(b));
const below = (end: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: end - 1 });
const KEY = new Uint8Array(16).fill(5);
const METER = { manufacturer: 'KLT', id: '12345678', version: 3, type: 7 };

/** Bytes of each fixed data field (EN 13757-3:2018 table 4). */
const SIZES: Readonly<Record<number, number>> = {
  ...{ 0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 4, 6: 6, 7: 8, 9: 1, 10: 2, 11: 3, 12: 4, 14: 6 },
};
const record = fc
  .record({
    coding: fc.constantFrom(...Object.keys(SIZES).map(Number)),
    function: fc.constantFrom('instantaneous' as const, 'maximum', 'minimum', 'error'),
    storage: below(2 ** 20),
    tariff: below(2 ** 10),
    subunit: below(2 ** 5),
    vif: below(0x7c),
    extensions: fc.array(below(0x7c), { maxLength: 3 }),
    raw: bytes(8, 8),
  })
  .map((r) => {
    const vib = [r.vif, ...r.extensions].map((b, i, all) => (i + 1 < all.length ? b | 0x80 : b));
    // FBh and FDh would open another table with its own code.
    const safe = vib.map((b, i) => (i === 0 && (b === 0xfb || b === 0xfd) ? 0x93 : b));
    return concatBytes(encodeDib(r), Uint8Array.from(safe), r.raw.subarray(0, SIZES[r.coding]));
  });
const payload = fc.array(record, { minLength: 1, maxLength: 6 }).map((all) => concatBytes(...all));

describe('M-Bus', () => {
  test('records', () =>
    check(payload, (sent) => {
      const list = decodeRecords(sent);
      expect(list.fault).toBeNull();
      expect(toHex(encodeRecords(list))).toBe(toHex(sent));
    }));

  test('selections', () => {
    const digits = (n: number): fc.Arbitrary<string> => bytes(n / 2, n / 2).map((b) => toHex(b));
    const parts = { id: digits(8), manufacturer: digits(4), version: digits(2), type: digits(2) };
    check(fc.record(parts), (selection) =>
      expect(decodeSelect(encodeSelect(selection))).toEqual(selection),
    );
  });

  const telegram = fc.record({
    mode: fc.constantFrom(0 as const, 5, 7, 8, 9, 10),
    format: fc.constantFrom('A' as const, 'B', 'stripped'),
    access: below(256),
    counter: below(2 ** 32),
    records: payload,
  });
  test('radio telegrams of every mode and format', () =>
    check(telegram, ({ records, ...rest }) => {
      const sealed = padPayload(records);
      const head = { sender: METER, ci: 0x7a, key: KEY };
      const sent = encodeTelegram({ ...head, ...rest, payload: sealed });
      const got = decodeTelegram(sent, { keyFor: () => KEY });
      expect(got.fault).toBeNull();
      expect(toHex(encodeRecords(got))).toBe(toHex(records));
    }));
});

test.each(DONGLE_TABLE.map(({ name }) => name))('%s hands over the telegram it received', (name) =>
  check(payload, (records) => {
    const format = name === 'cul' ? 'A' : 'stripped';
    const sent = encodeTelegram({ format, sender: METER, ci: 0x7a, access: 1, payload: records });
    const framer = createDongleFramer(name);
    const events = [...framer.push(wrapTelegram(name, sent, -70)), ...framer.flush()];
    const got = events.flatMap((event) => (event.kind === 'telegram' ? [event.bytes] : []));
    expect(got.map((b) => toHex(b))).toEqual([toHex(sent)]);
  }),
);

describe('SML', () => {
  const { tree } = fc.letrec<{ tree: SmlValue }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.constant<SmlValue>({ kind: 'omitted' }),
      fc.boolean().map((value): SmlValue => ({ kind: 'bool', value })),
      bytes(1, 300).map((b): SmlValue => ({ kind: 'octets', bytes: b })),
      fc
        .record({
          size: fc.integer({ min: 1, max: 8 }),
          raw: fc.bigInt({ min: 0n, max: 2n ** 64n }),
        })
        .chain(({ size, raw }) =>
          fc.constantFrom<SmlValue>(
            { kind: 'uint', size, value: BigInt.asUintN(8 * size, raw) },
            { kind: 'int', size, value: BigInt.asIntN(8 * size, raw) },
          ),
        ),
      fc.array(tie('tree'), { maxLength: 20 }).map((items): SmlValue => ({ kind: 'list', items })),
    ),
  }));
  test('values', () =>
    check(tree, (value) => {
      const writer = new ByteWriter();
      writeSmlValue(writer, value);
      const reader = new ByteReader(writer.done());
      expect(readSmlValue(reader)).toEqual({ ok: true, value });
      expect(reader.left).toBe(0);
    }));

  const escapes = fc.array(fc.constantFrom(0x1b, 0x01, 0x1a, 0x00, 0x76), { maxLength: 60 });
  test('files, also of escape bytes alone', () =>
    check(escapes, (list) => {
      const content = Uint8Array.from(list);
      const sent = encodeTransport(content);
      const framer = createSmlFramer();
      const events = [...sent].flatMap((byte) => framer.push(Uint8Array.of(byte)));
      expect(events.map((e) => (e.kind === 'file' ? toHex(e.payload) : e.kind))).toEqual([
        toHex(content),
      ]);
    }));
});

const word = fc.stringMatching(/^[0-9A-Za-z.:-]{1,16}$/);

describe('texts', () => {
  const set = fc.record({
    address: word,
    value: fc.stringMatching(/^[0-9A-Za-z.:;,-]{0,16}$/),
    unit: fc.option(fc.stringMatching(/^[A-Za-z0-9]{1,6}$/)),
  });
  test('data blocks of IEC 62056-21', () =>
    check(fc.array(set, { minLength: 1, maxLength: 8 }), (sets) => {
      const sent = encodeIec(formatDataBlock(sets));
      const got = parseMessage(sent);
      const message = got.ok ? got.value.message : null;
      const seen = message?.kind === 'data' ? message.dataSets : [];
      expect(seen.map(({ address, value, unit }) => ({ address, value, unit }))).toEqual(sets);
      expect(got.ok && got.value.bccValid).toBe(true);
    }));

  const object = fc.record({
    obis: fc.tuple(below(10), below(256), below(256)).map(([a, b, c]) => `${a}-0:${b}.${c}.0`),
    groups: fc.array(fc.stringMatching(/^[0-9A-Za-z.*]{0,16}$/), { minLength: 1, maxLength: 4 }),
  });
  const p1 = fc.record({
    manufacturer: fc.constant('KLT'),
    identification: word,
    objects: fc.array(object, { minLength: 1, maxLength: 8 }),
    withCrc: fc.boolean(),
  });
  test('P1 telegrams, plain and sealed', () =>
    check(p1, (outgoing) => {
      const sent = encodeP1(outgoing);
      const head = { systemTitle: KEY.subarray(0, 8), invocationCounter: 9 };
      const envelope = readEnvelope(sealTelegram(sent, head, { key: KEY, authKey: KEY }));
      const keys = { key: KEY, authKey: KEY };
      const opened = envelope.ok ? openEnvelope(envelope.value, keys) : envelope;
      expect(opened.ok && toHex(opened.value.telegram)).toBe(toHex(sent));
      const got = parseTelegram(sent);
      expect(got.ok && got.value.unreadable).toEqual([]);
      expect(got.ok && toHex(encodeP1({ ...got.value, withCrc: outgoing.withCrc }))).toBe(
        toHex(sent),
      );
    }));
});

describe('Modbus', () => {
  const register = below(65_536);
  const registers = fc.array(register, { minLength: 1, maxLength: 120 });
  const bits = fc.array(fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }), { maxLength: 20 });
  const pdu = fc.oneof<fc.Arbitrary<ModbusPdu>[]>(
    fc.record({
      functionCode: fc.constantFrom(3, 4),
      direction: fc.constant('response' as const),
      fields: fc.record({ registers }),
    }),
    fc.record({
      functionCode: fc.constantFrom(1, 2),
      direction: fc.constant('response' as const),
      fields: fc.record({ bits: bits.map((all) => all.flat()) }),
    }),
    fc.record({
      functionCode: fc.constantFrom(1, 2, 3, 4),
      direction: fc.constant('request' as const),
      fields: fc.record({ address: register, count: register }),
    }),
    fc.tuple(register, registers).map(([address, list]): ModbusPdu => ({
      functionCode: 16,
      direction: 'request',
      fields: { address, count: list.length, registers: list },
    })),
    fc.record({
      functionCode: fc.integer({ min: 1, max: 127 }),
      direction: fc.constant('response' as const),
      fields: fc.record({ exceptionCode: below(256) }),
    }),
  );
  test('PDUs in each frame', () =>
    check(fc.tuple(pdu, below(256), register), ([sent, unit, transaction]) => {
      const encoded = encodePdu(sent);
      if (!encoded.ok) throw new Error(encoded.error.detail);
      expect(decodePdu(encoded.value, sent.direction)).toEqual({ ok: true, value: sent });
      const frames = { rtu: decodeRtu, tcp: decodeTcp, ascii: decodeAscii };
      for (const transmission of ['rtu', 'tcp', 'ascii'] as const) {
        const adu = { unit, transaction, pdu: encoded.value };
        const got = frames[transmission](encodeAdu(adu, transmission));
        expect(got).toEqual({
          ok: true,
          value: { ...adu, transaction: transmission === 'tcp' ? transaction : null },
        });
      }
    }));
});

describe('DLMS', () => {
  const { tree } = fc.letrec<{ tree: DlmsData }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.constant<DlmsData>({ type: 'null-data' }),
      fc.boolean().map((value): DlmsData => ({ type: 'boolean', value })),
      below(2 ** 32).map((n): DlmsData => ({ type: 'double-long-unsigned', value: BigInt(n) })),
      below(2 ** 16).map((n): DlmsData => ({ type: 'long', value: BigInt(n - 2 ** 15) })),
      bytes(0, 300).map((value): DlmsData => ({ type: 'octet-string', value })),
      bytes(12, 12).map((value): DlmsData => ({ type: 'date-time', value })),
      fc
        .array(tie('tree'), { maxLength: 6 })
        .map((value): DlmsData => ({ type: 'structure', value })),
    ),
  }));
  test('values', () =>
    check(tree, (data) => {
      const got = decodeData(encodeData(data));
      expect(got.ok && got.value.data).toEqual(data);
      expect(got.ok && got.value.forms.size).toBe(0);
    }));

  const station = fc.record({ upper: below(128), lower: fc.option(below(128)) });
  const frame = fc.record({
    type: fc.constant('I' as const),
    destination: station,
    source: fc.record({ upper: below(128), lower: fc.constant(null) }),
    isSegmented: fc.boolean(),
    isFinal: fc.boolean(),
    send: below(8),
    receive: below(8),
    payload: bytes(1, 300),
  });
  test('HDLC frames, bare and stuffed', () =>
    check(frame, (sent) => {
      const encoded = encodeHdlc(sent);
      const got = readHdlc(encoded);
      expect(got.ok && got.value.frame).toEqual(sent);
      const [only, more] = splitHdlc(withFlags(stuff(encoded)), true);
      expect(only && toHex(only.bytes)).toBe(toHex(encoded));
      expect(more).toBeUndefined();
    }));

  test('wrappers and M-Bus segments', () =>
    check(fc.tuple(bytes(1, 600), fc.integer({ min: 20, max: 245 })), ([apdu, size]) => {
      const wrapped = readWrapped(encodeWrapped({ source: 1, destination: 16, apdu }));
      expect(wrapped.ok && toHex(wrapped.value.apdu)).toBe(toHex(apdu));
      const { messages, fault } = readMbusMessages(encodeMbusMessage(apdu, size));
      expect(fault).toBeNull();
      expect(messages.map((m) => toHex(m))).toEqual([toHex(apdu)]);
    }));
});
