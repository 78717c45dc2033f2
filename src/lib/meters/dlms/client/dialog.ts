/**
 * Conversations as generators: a dialogue yields what it needs done and is resumed with the answer,
 * so that block transfer and associations read from top to bottom and still do no input or output.
 * Knows no bytes of a line; `session.ts` runs them.
 */
import { fault, type Result } from '#lib/base/result.ts';

/**
 * - `exchange`: send one APDU, answer with the one that came back.
 * - `receive`: wait for one more APDU without sending.
 * - `connect`: open the link as this client; the answer is empty.
 * - `disconnect`: close it. A meter that does not confirm is no fault.
 * - `persist`: the stored next invocation counter must be this before anything is sent.
 */
export type Effect =
  | { readonly kind: 'exchange'; readonly apdu: Uint8Array }
  | { readonly kind: 'connect'; readonly clientId: number }
  | { readonly kind: 'receive' | 'disconnect' }
  | { readonly kind: 'persist'; readonly counter: number };

export type Dialog<T> = Generator<Effect, Result<T>, Result<Uint8Array>>;

/**
 * How a session fails; each with what the person is told.
 *
 * - `no_answer`: nothing came in time. Hold the probe still; check address and cable.
 * - `noise`: something came, but no whole frame. Shade the probe; use a shorter cable.
 * - `busy`: the meter asked to wait until time was up. Try again in a minute.
 * - `refused`, `rejected`, `disconnected`: the meter does not take, or has left, the connection.
 * - `broken_stream`: the TCP connection delivers no frames any more. Connect again.
 * - `association_refused`: wrong password, client or security; `detail` names the diagnostic.
 * - `authentication_failed`: the meter could not prove that it knows the key. Check this meter.
 * - `bad_answer`: the answer breaks the grammar or belongs to another request.
 * - `exception`, `service_error`: the meter refuses the service.
 * - `not_ciphered`, `bad_tag`, `replayed`: the answer is not protected as agreed, or is an old one.
 * - `no_counter`: a fresh invocation counter cannot be had, so nothing may be sent.
 * - `lost_block`: the blocks of a transfer do not follow each other.
 * - `too_long`: the answer is longer than any meter's memory.
 * - `too_slow`: the whole session took longer than was granted.
 */
export type SessionFailure =
  | 'no_answer'
  | 'noise'
  | 'busy'
  | 'refused'
  | 'rejected'
  | 'disconnected'
  | 'broken_stream'
  | 'association_refused'
  | 'authentication_failed'
  | 'bad_answer'
  | 'exception'
  | 'service_error'
  | 'not_ciphered'
  | 'bad_tag'
  | 'replayed'
  | 'no_counter'
  | 'lost_block'
  | 'too_long'
  | 'too_slow';

export const failure = (code: SessionFailure, detail: string) => fault(code, detail);

export function* exchange(apdu: Uint8Array): Dialog<Uint8Array> {
  return yield { kind: 'exchange', apdu };
}

export function* connect(clientId: number): Dialog<Uint8Array> {
  return yield { kind: 'connect', clientId };
}

export function* disconnect(): Dialog<Uint8Array> {
  return yield { kind: 'disconnect' };
}

export function* persist(counter: number): Dialog<Uint8Array> {
  return yield { kind: 'persist', counter };
}
