/**
 * Mode E: signing on at the optical eye and handing the line over to HDLC (IEC 62056-21:2002
 * annex E.2; IEC 62056-46:2002 clause 6.4.2.2). Knows the way there; whoever opened the session
 * goes on with SNRM at the speed and settings of the result. Called by readers of DLMS meters.
 *
 * The meter repeats the acknowledgement before it changes. An optical head repeats it as well, so
 * the two cannot be told apart: HDLC begins when the line is silent, and its own frames prove the
 * meter.
 */
import { listen, reopenPort, type LineScript } from './line.ts';
import { encodeMessage, type Identification } from './message.ts';
import { identify, lineMs, START_BAUD, type SignOnFailure, type SignOnOptions } from './sign-on.ts';
import type { PortSettings } from './session.ts';

export type HdlcHandover =
  | {
      readonly kind: 'hdlc';
      readonly identification: Identification;
      /** The port is open like this when the script ends. */
      readonly settings: PortSettings;
    }
  | { readonly kind: 'failed'; readonly code: SignOnFailure };

/** Time in which the meter confirms: its reaction and six characters at 300 Bd. */
const CONFIRM_MS = 600;

/** Ends with the port open for HDLC. Failures: those of signing on. */
export function* openHdlc(options: SignOnOptions = {}): LineScript<HdlcHandover> {
  const identification = yield* identify(options);
  if (typeof identification === 'string') return { kind: 'failed', code: identification };
  const { speaksHdlc, baud, baudChar } = identification;
  if (!speaksHdlc || baud === null) return { kind: 'failed', code: 'unsupported_mode' };
  const ack = encodeMessage({ kind: 'ack', protocol: '2', baudChar, modeChar: '2' });
  // Whatever comes is echo or confirmation: both end before the speed changes.
  yield* listen(ack, lineMs(ack, START_BAUD) + CONFIRM_MS, (bytes) =>
    bytes.length >= 2 * ack.length ? true : null,
  );
  const settings: PortSettings = { baud, dataBits: 8, parity: 'none', stopBits: 1 };
  yield* reopenPort(settings);
  return { kind: 'hdlc', identification, settings };
}
