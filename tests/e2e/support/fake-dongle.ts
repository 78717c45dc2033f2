/**
 * The far end of a receiver's cable: answers the set-up dialogue as the makers' manuals say and
 * then hands over telegrams, framed as the device frames them. The telegrams are given by the test.
 */
import { frameMessage, wrapTelegram } from '#lib/meters/dongles/dongle.ts';
import { DONGLE_TABLE, type DongleName } from '#lib/meters/dongles/dongles.table.ts';
import { must } from '#lib/base/assert.ts';
import { toHex } from '#lib/base/bytes.ts';
import type { Emit, FakeDevice } from './fake-serial.ts';

export function fakeDongle(name: DongleName) {
  const row = must(
    DONGLE_TABLE.find((r) => r.name === name),
    'a known dongle',
  );
  const dialogue = [
    ...Object.values(row.modes).flat(),
    ...(row.selfTest ? [row.selfTest] : []),
  ].map(
    ({ send, answer }) => [toHex(frameMessage(name, send)), frameMessage(name, answer)] as const,
  );
  let emit: Emit | null = null;
  let heard = '';
  const device = (to: Emit): FakeDevice => {
    emit = to;
    return {
      write(bytes) {
        heard += toHex(bytes);
        const known = dialogue.find(([send]) => heard.endsWith(send));
        if (!known) return;
        heard = '';
        void to(known[1]);
      },
    };
  };
  return {
    device,
    /** One telegram out of the air. */
    transmit: (telegram: Uint8Array, rssi_dbm = -74) =>
      must(emit, 'the app has opened the port')(wrapTelegram(name, telegram, rssi_dbm)),
  };
}

export const CDC_IU891A = { usbVendorId: 0x04b4, usbProductId: 0x0003 };
