/**
 * One meter behind an optical head: mode C of IEC 62056-21 at 300 and 9600 Bd, with the head's
 * echo and the line's own slowness.
 *
 * It knows the codec's responder and what the meter probably shows; it knows no port. Only
 * transport/simulated.ts and tests make one.
 */
import { formatDecimal } from '#lib/base/decimal.ts';
import type { Instant } from '#lib/base/interval.ts';
import { registerType } from '../../domain/register-types.table.ts';
import { idleMeter, respond, type VirtualMeter } from '../../meters/iec62056-21/responder.ts';
import { presentValue, type SimulatedMeter } from './round-receiver.ts';

const BITS_PER_CHARACTER = 10;

export function createOpticalMeter(options: { meter: SimulatedMeter; startAt: Instant }) {
  const meter = virtualMeter(options.meter, options.startAt);
  let state = idleMeter;
  let portBaud = 0;
  let due: { at: Instant; bytes: Uint8Array; baud: number }[] = [];
  return {
    open(settings: { readonly baud: number }): void {
      portBaud = settings.baud;
    },
    write(bytes: Uint8Array, at: Instant): void {
      const answer = respond(meter, state, bytes);
      state = answer.state;
      const receivedAt = at + lineTimeMs(bytes, portBaud);
      for (const { bytes: reply, baud, delayMs } of answer.replies) {
        const at = receivedAt + delayMs + lineTimeMs(reply, baud);
        due.push({ at, bytes: reply, baud });
      }
    },
    poll(at: Instant): readonly Uint8Array[] {
      const ready = due.filter((reply) => reply.at <= at);
      due = due.filter((reply) => reply.at > at);
      // At another speed the head delivers noise, which a port drops as framing errors.
      return ready.filter(({ baud }) => baud === portBaud).map(({ bytes }) => bytes);
    },
  };
}

/** The meter reacts when the last bit has reached it, not when the phone has handed it over. */
const lineTimeMs = (bytes: Uint8Array, baud: number): number =>
  Math.ceil((bytes.length * BITS_PER_CHARACTER * 1000) / Math.max(baud, 300));

function virtualMeter(meter: SimulatedMeter, at: Instant): VirtualMeter {
  const type = registerType(meter.register);
  const energy = type?.unit === 'Wh';
  const value = { units: presentValue(meter, at), scale: (type?.scale ?? 0) - (energy ? 3 : 0) };
  const code = type?.obis ?? '1-0:1.8.0';
  return {
    identification: {
      kind: 'identification',
      manufacturer: 'KLT',
      baudChar: '5',
      baud: 9600,
      mode: 'C',
      speaksHdlc: false,
      reactionTimeMs: 200,
      identification: 'KILTER-SIM',
    },
    address: '',
    echo: true,
    dataSets: [
      { address: '0.0.0', value: meter.serial.replace(/\s/g, ''), unit: null },
      { address: code, value: formatDecimal(value), unit: energy ? 'kWh' : 'm3' },
    ],
  };
}
