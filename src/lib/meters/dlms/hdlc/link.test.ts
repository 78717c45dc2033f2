import { expect, test } from 'vitest';
import { concatBytes, fromHex, toHex } from '#lib/base/bytes.ts';
import { encodeHdlc, type HdlcFrame } from './frame.ts';
import {
  closedLink,
  closeLink,
  connectLink,
  receiveBytes,
  repeatLink,
  sendMessage,
  type HdlcLink,
  type LinkStep,
} from './link.ts';
import { encodeParameters, readParameters } from './parameters.ts';
import {
  beBusy,
  idleSecondary,
  receiveAtSecondary,
  sendFromSecondary,
  type SecondaryLink,
} from './secondary.ts';
import { splitHdlc, withFlags } from './stream.ts';

const CLIENT = { upper: 16, lower: null };
const SERVER = { upper: 1, lower: 17 };
const NOTHING = new Uint8Array(0);

const kinds = (bytes: Uint8Array | null): string[] =>
  splitHdlc(bytes ?? NOTHING).map(({ read }) => {
    if (!read.ok) return read.error.code;
    const { type, send, receive, isSegmented, isFinal } = read.value.frame;
    const numbers = `${send ?? ''}${receive === null ? '' : `/${receive}`}`;
    return `${type}${numbers}${isSegmented ? '+' : ''}${isFinal ? '' : '.'}`;
  });

/** Both sides, opened; `window` and `size` as negotiated. */
function opened(window = 1, size = 128): { link: HdlcLink; meter: SecondaryLink } {
  const asked = connectLink(closedLink({ client: CLIENT, server: SERVER, window }));
  const idle = idleSecondary({ server: SERVER, maxInformation: size, window });
  const answered = receiveAtSecondary(idle, asked.send!);
  expect(answered.events).toEqual([{ kind: 'opened', client: CLIENT }]);
  const [step] = receiveBytes(asked.link, concatBytes(...answered.replies));
  expect(step?.event).toEqual({ kind: 'connected' });
  return { link: step!.link, meter: answered.link };
}

const last = (steps: readonly LinkStep[]): LinkStep => steps.at(-1)!;

test('SNRM of the Green Book: parameters are read and written', () => {
  // IEC 62056-46:2007 annex on negotiation: 128 bytes and a window of one both ways.
  const text = '81801405020080060200800704000000010804' + '00000001';
  const bytes = fromHex(text);
  if (!bytes.ok) throw new Error('hex');
  const same = { maxSent: 128, maxReceived: 128, windowSent: 1, windowReceived: 1 };
  expect(readParameters(bytes.value)).toEqual(same);
  expect(toHex(encodeParameters(same))).toBe(text);
  expect(readParameters(Uint8Array.of(0x81, 0x80, 3, 5, 1, 64))).toMatchObject({ maxSent: 64 });
  expect(readParameters(Uint8Array.of(1, 2, 3))).toEqual(same);
});

test('a long message goes in windows, each confirmed once', () => {
  const { link, meter } = opened(3, 10);
  const message = new Uint8Array(47).map((_, i) => i);
  const sent = sendMessage(link, message);
  expect(kinds(sent.send)).toEqual(['I0/0+.', 'I1/0+.', 'I2/0+']);
  const taken = receiveAtSecondary(meter, sent.send!);
  expect(kinds(taken.replies[0]!)).toEqual(['RR/3']);
  const more = last(receiveBytes(sent.link, taken.replies[0]!));
  expect(kinds(more.send)).toEqual(['I3/0+.', 'I4/0']);
  const whole = receiveAtSecondary(taken.link, more.send!);
  expect(whole.events).toEqual([{ kind: 'message', bytes: message }]);

  const answered = sendFromSecondary(whole.link, message);
  expect(answered.replies.flatMap((one) => kinds(one))).toEqual(['I0/5+.', 'I1/5+.', 'I2/5+']);
  const acknowledged = receiveBytes(more.link, concatBytes(...answered.replies));
  expect(kinds(last(acknowledged).send)).toEqual(['RR/3']);
  const rest = receiveAtSecondary(answered.link, last(acknowledged).send!);
  const steps = receiveBytes(last(acknowledged).link, concatBytes(...rest.replies));
  expect(last(steps).event).toEqual({ kind: 'message', bytes: message });
});

test('a frame lost in a window is asked for again, from there on', () => {
  const { link, meter } = opened(3, 10);
  const sent = sendMessage(link, new Uint8Array(47));
  const frames = splitHdlc(sent.send!).map(({ bytes }) => withFlags(bytes));
  const taken = receiveAtSecondary(meter, concatBytes(frames[0]!, frames[2]!));
  expect(kinds(taken.replies[0]!)).toEqual(['RR/1']);
  const again = last(receiveBytes(sent.link, taken.replies[0]!));
  expect(kinds(again.send)).toEqual(['I1/0+.', 'I2/0+.', 'I3/0+']);
});

test('after a silence the meter is polled; it repeats, or says that nothing came', () => {
  const { link, meter } = opened();
  const sent = sendMessage(link, Uint8Array.of(1, 2));
  const poll = repeatLink(sent.link);
  expect(kinds(poll.send)).toEqual(['RR/0']);
  const nothing = receiveAtSecondary(meter, poll.send!);
  expect(kinds(nothing.replies[0]!)).toEqual(['RR/0']);
  const again = last(receiveBytes(poll.link, nothing.replies[0]!));
  expect(kinds(again.send)).toEqual(['I0/0']);
  const heard = receiveAtSecondary(nothing.link, again.send!);
  const answer = sendFromSecondary(heard.link, Uint8Array.of(3));
  const repeated = receiveAtSecondary(answer.link, repeatLink(again.link).send!);
  expect(repeated.replies).toEqual(answer.replies);
  // The answer comes twice, late and repeated: one message.
  const both = receiveBytes(again.link, concatBytes(answer.replies[0]!, repeated.replies[0]!));
  expect(both.filter(({ event }) => event?.kind === 'message')).toHaveLength(1);
  expect(last(both).send).toBeNull();
});

test('a busy meter says so and answers when polled later', () => {
  const { link, meter } = opened();
  const sent = sendMessage(link, Uint8Array.of(1));
  const heard = receiveAtSecondary(beBusy(meter, 1), sent.send!);
  const busy = sendFromSecondary(heard.link, Uint8Array.of(9));
  expect(kinds(busy.replies[0]!)).toEqual(['RNR/1']);
  const wait = last(receiveBytes(sent.link, busy.replies[0]!));
  expect(wait.event).toEqual({ kind: 'busy' });
  const poll = repeatLink(wait.link);
  const ready = receiveAtSecondary(busy.link, poll.send!);
  const answer = last(receiveBytes(poll.link, ready.replies[0]!));
  expect(answer.event).toEqual({ kind: 'message', bytes: Uint8Array.of(9) });
});

test('frames of others and our own echo are passed over', () => {
  const { link } = opened();
  const sent = sendMessage(link, Uint8Array.of(1));
  const [echo] = receiveBytes(sent.link, sent.send!);
  expect(echo).toMatchObject({ send: null, event: null });
  const other: HdlcFrame = {
    type: 'I',
    destination: CLIENT,
    source: { upper: 1, lower: 99 },
    isSegmented: false,
    isFinal: true,
    send: 0,
    receive: 1,
    payload: Uint8Array.of(0xe6, 0xe7, 0, 5),
  };
  const [foreign] = receiveBytes(sent.link, withFlags(encodeHdlc(other)));
  expect(foreign).toMatchObject({ send: null, event: null, link: { dropped: 1 } });
});

test('DISC is confirmed; a meter that is not connected says DM', () => {
  const { link, meter } = opened();
  const closing = closeLink(link);
  const closed = receiveAtSecondary(meter, closing.send!);
  expect(closed.events).toEqual([{ kind: 'closed' }]);
  expect(last(receiveBytes(closing.link, closed.replies[0]!)).event).toEqual({ kind: 'closed' });
  const stray = receiveAtSecondary(closed.link, sendMessage(link, Uint8Array.of(1)).send!);
  expect(kinds(stray.replies[0]!)).toEqual(['DM']);
  expect(last(receiveBytes(link, stray.replies[0]!)).event).toEqual({ kind: 'refused' });
});
