import { expect, test } from 'vitest';
import { concatBytes, fromLatin1 } from '#lib/base/bytes.ts';
import { formatDecimal } from '#lib/base/decimal.ts';
import { formatLocal, readDateTime } from '../../../meters/dlms/date-time.ts';
import { namePositional } from '../../../meters/dlms/positional.ts';
import type { PushCarrier } from '../../../meters/dlms/push-encode.ts';
import { readPush, type Push } from '../../../meters/dlms/push.ts';
import { readControl } from '../../../meters/dlms/security.ts';
import { scaledOf, valuesOf } from '../../../meters/dlms/values.ts';
import { normaliseDlms, normalisePositional } from '../../../meters/normalise-dlms.ts';
import { energyAt, type ElectricityMeterOptions } from './electricity-meter.ts';
import { createPushMeter, PUSH_LISTS } from './push-meter.ts';

const NOW = Date.UTC(2026, 9, 20, 13, 20);
const TITLE = fromLatin1('KLT00001');
const METER: ElectricityMeterOptions = {
  serial: '6970631400000000',
  systemTitle: TITLE,
  loadW: 700,
  startAt: NOW - 90 * 86_400_000,
  startWh: 5000,
  counters: { client: 0, own: 0 },
};
const SEAL = {
  control: readControl(0x30),
  systemTitle: TITLE,
  key: new Uint8Array(16).fill(1),
  authKey: new Uint8Array(16).fill(2),
};
const ADDRESSES = { source: { upper: 1, lower: 17 }, destination: { upper: 103, lower: null } };
const CARRIERS: readonly (readonly [Push['carrier'], number, number | null])[] = [
  ['hdlc', 600, null],
  ['hdlc', 40, null],
  ['hdlc', 200, 60],
  ['mbus', 100, null],
  ['wrapper', 0, null],
  ['apdu', 0, null],
];
const TOTAL = String(energyAt(METER, NOW).total);

const rowsOf = (list: string, body: Parameters<typeof valuesOf>[0]): readonly string[] => {
  if (list === 'kaifa') {
    const { values } = normalisePositional(namePositional(body)?.values ?? []);
    return values.map((v) => `${v.obis} ${formatDecimal(v.value)} ${v.unit}`);
  }
  const { values, unknown } = normaliseDlms(valuesOf(body));
  const raw = unknown.map(
    (v) => `${v.obis} ${formatDecimal(scaledOf(v) ?? { units: 0n, scale: 0 })}`,
  );
  return [...values.map((v) => `${v.obis} ${formatDecimal(v.value)} ${v.unit}`), ...raw];
};

test.each(CARRIERS)(
  'every list comes through %s, %d bytes, blocks of %s',
  (kind, size, blockSize) => {
    const carrier: PushCarrier = { ...ADDRESSES, carrier: kind, size, blockSize };
    for (const list of PUSH_LISTS) {
      for (const seal of [null, SEAL]) {
        const meter = createPushMeter({ list, meter: METER, carrier, seal });
        const keys = { key: seal?.key ?? null, authKey: seal?.authKey ?? null };
        const count = kind === 'apdu' ? 1 : 3;
        const sent = Array.from({ length: count }, () => meter.push(NOW));
        const push = readPush(concatBytes(...sent), keys);
        expect(push.fault, `${kind} ${list}`).toBeNull();
        expect(push.carrier).toBe(kind);
        expect(push.notifications).toHaveLength(count);
        for (const { body, inner } of push.notifications) {
          const rows = rowsOf(list, body!);
          const isNamed = list === 'aidon' || list === 'kaifa';
          expect(rows).toContain(isNamed ? `1-0:1.7.0 700 W` : '1-0:1.7.0*255 700');
          expect(rows).toContain(isNamed ? `1-0:1.8.0 ${TOTAL} Wh` : `1-0:1.8.0*255 ${TOTAL}`);
          if (isNamed) expect(rows).toContain('1-0:32.7.0 230.1 V');
          if (inner?.type !== 'data-notification') throw new Error('no notification');
          expect(formatLocal(readDateTime(inner.dateTime.bytes)!)).toBe('2026-10-20T13:20:00');
        }
      }
    }
  },
);

test('the counter of a sealed push grows', () => {
  const carrier: PushCarrier = { ...ADDRESSES, carrier: 'hdlc', size: 300, blockSize: null };
  const meter = createPushMeter({ list: 'aidon', meter: METER, carrier, seal: SEAL });
  const counters = [1, 2, 3].map(() => {
    const { notifications } = readPush(meter.push(NOW), SEAL);
    return notifications[0]?.security?.invocationCounter;
  });
  expect(counters).toEqual([1, 2, 3]);
});
