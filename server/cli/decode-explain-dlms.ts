/**
 * One DLMS telegram explained to a person: carrier, frames, protection, data and names. Knows how
 * to lay it out in a terminal; the codecs know the telegrams. Called by `decode-explain.ts`.
 */
import { toHex } from '#lib/base/bytes.ts';
import type { DlmsData } from '#lib/meters/dlms/axdr.ts';
import { formatLocal, readDateTime } from '#lib/meters/dlms/date-time.ts';
import type { HdlcAddress } from '#lib/meters/dlms/hdlc/address.ts';
import type { StreamFrame } from '#lib/meters/dlms/hdlc/stream.ts';
import { formatObis, looksLikeObis } from '#lib/meters/dlms/obis.ts';
import { namePositional } from '#lib/meters/dlms/positional.ts';
import { readPush, type Notification } from '#lib/meters/dlms/push.ts';
import { printable, valuesOf } from '#lib/meters/dlms/values.ts';
import { normaliseDlms, normalisePositional } from '#lib/meters/normalise-dlms.ts';
import type { RegisterValue } from '#lib/meters/normalise.ts';

type Print = (text: string) => void;

export type DlmsExplanation = {
  readonly isUnderstood: boolean;
  readonly registers: readonly RegisterValue[];
};

const addressText = ({ upper, lower }: HdlcAddress): string =>
  lower === null ? String(upper) : `${upper}/${lower}`;

function frameText({ bytes, read }: StreamFrame): string {
  if (!read.ok) return `${bytes.length} bytes, ${read.error.code}: ${read.error.detail}`;
  const { type, source, destination, isSegmented, payload } = read.value.frame;
  const route = `from ${addressText(source)} to ${addressText(destination)}`;
  const more = isSegmented ? ', more follows' : '';
  return `${type} ${route}, ${payload.length} bytes, check sequences right${more}`;
}

/** Hex with what it may mean: an OBIS code, a date and time, or text. */
function octetsText(bytes: Uint8Array): string {
  const hex = toHex(bytes);
  if (looksLikeObis(bytes)) return `${hex}  ${formatObis(bytes)}`;
  const time = readDateTime(bytes);
  const meaning = (time && formatLocal(time)) ?? printable(bytes);
  return meaning ? `${hex}  ${meaning}` : hex;
}

function printTree(d: DlmsData, depth: number, print: Print): void {
  const head = `  ${'  '.repeat(depth)}${d.type}`;
  if (d.type === 'array' || d.type === 'structure' || d.type === 'compact-array') {
    print(`${head} of ${d.value.length}`);
    for (const child of d.value) printTree(child, depth + 1, print);
  } else if ('value' in d) {
    print(`${head}  ${d.value instanceof Uint8Array ? octetsText(d.value) : String(d.value)}`);
  } else print(head);
}

function printNotification(one: Notification, print: Print): readonly RegisterValue[] {
  const { outer, security, fault, inner, body } = one;
  print(`\n${outer.apdu.type}`);
  if (security) {
    const title = security.systemTitle ? toHex(security.systemTitle) : 'not told';
    print(`  sender ${title}, invocation counter ${security.invocationCounter}`);
    if (security.isAuthenticated === false) print('  opened, the tag was not checked');
  }
  if (fault) print(`  ${fault.code}: ${fault.detail}`);
  if (inner && inner !== outer.apdu) print(`  inside: ${inner.type}`);
  if (!body) return [];
  printTree(body, 0, print);
  const named = namePositional(body);
  if (named) print(`  named by position: ${named.list}`);
  return named ? normalisePositional(named.values).values : normaliseDlms(valuesOf(body)).values;
}

/** Prints what a DLMS telegram says; null when the bytes are none. */
export function explainDlms(
  { bytes, key }: { readonly bytes: Uint8Array; readonly key: Uint8Array | null },
  print: Print,
): DlmsExplanation | null {
  const push = readPush(bytes, { key, authKey: null });
  const hasFrame = push.frames.some(({ read }) => read.ok);
  if (!hasFrame && push.notifications.length === 0) return null;
  print(`DLMS in ${push.carrier}${push.fault ? `, ${push.fault.code}: ${push.fault.detail}` : ''}`);
  for (const frame of push.frames) print(`  frame ${frameText(frame)}`);
  const registers = push.notifications.flatMap((one) => printNotification(one, print));
  return { isUnderstood: push.fault === null, registers };
}
