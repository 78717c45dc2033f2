/**
 * The far end of an optical head: a meter of IEC 62056-21 behind it, with the head's echo and the
 * speed of the line. Bytes at another speed than the port's are lost, as on a real line.
 */
import { formatDecimal } from '#lib/base/decimal.ts';
import {
  idleMeter,
  respond,
  type MeterReply,
  type VirtualMeter,
} from '#lib/meters/iec62056-21/responder.ts';
import type { FakeDevice, Emit } from './fake-serial.ts';

const BITS_PER_CHARACTER = 10;

/** A mode C meter that offers 9600 Bd and tells its number and its total. */
export const iecMeter = (serial: string, value_wh: number): VirtualMeter => ({
  identification: {
    kind: 'identification',
    manufacturer: 'KLT',
    baudChar: '5',
    baud: 9600,
    mode: 'C',
    speaksHdlc: false,
    reactionTimeMs: 200,
    identification: 'E2E-METER',
  },
  address: '',
  echo: true,
  dataSets: [
    { address: 'C.1.0', value: serial, unit: null },
    { address: '1.8.0', value: formatDecimal({ units: BigInt(value_wh), scale: -3 }), unit: 'kWh' },
    { address: '2.8.0', value: '000000.000', unit: 'kWh' },
  ],
});

/** What the meter before the head answers; `show` moves the head to another meter. */
export function fakeHead(first: VirtualMeter) {
  let meter = first;
  let state = idleMeter;
  const answer = (bytes: Uint8Array): readonly MeterReply[] => {
    // The meter hears a byte when the line has carried it, not when the phone hands it over.
    const lineMs = Math.ceil((bytes.length * BITS_PER_CHARACTER * 1000) / state.baud);
    const result = respond(meter, state, bytes);
    state = result.state;
    return result.replies.map((reply) => ({ ...reply, delayMs: reply.delayMs + lineMs }));
  };
  return {
    show(next: VirtualMeter): void {
      meter = next;
      state = idleMeter;
    },
    answer,
    /** Behind a cable the port must be at the speed at which the meter speaks. */
    serial: (emit: Emit): FakeDevice => {
      let portBaud = 0;
      return {
        open: ({ baudRate }) => void (portBaud = baudRate),
        write(bytes) {
          for (const reply of answer(bytes)) {
            setTimeout(() => reply.baud === portBaud && void emit(reply.bytes), reply.delayMs);
          }
        },
      };
    },
  };
}
