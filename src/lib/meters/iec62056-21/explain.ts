/**
 * Every character of an IEC 62056-21 message with its meaning. Knows where fields begin and end;
 * what they mean comes from the codec. Called by the command line and the meter console.
 */
import { toLatin1 } from '#lib/base/bytes.ts';
import { createExplainer, type ExplainedByte, type Explainer } from '../explained.ts';
import { ACK, blockCheck, carriesParity, EOT, ETX, NAK, SOH, stripParity, STX } from './bytes.ts';
import { parseIdentification, type Identification } from './message.ts';
import { parseProfileTime } from './profile.ts';

const COMMANDS: Readonly<Record<string, string>> = {
  P: 'password',
  W: 'write',
  R: 'read',
  E: 'execute',
  B: 'break',
};
const CONTROLS: ReadonlyMap<number, string> = new Map([
  [STX, 'start_of_text'],
  [ETX, 'end_of_text'],
  [EOT, 'end_of_block'],
  [NAK, 'not_acknowledged'],
]);

function explainIdentification(ex: Explainer, line: string, id: Identification): void {
  const layer = 'identification';
  ex.take([layer, 'start'], 1);
  ex.take([layer, 'manufacturer'], 3, `${id.manufacturer}, reacts in ${id.reactionTimeMs} ms`);
  const speed = id.baud === null ? 'no change of speed' : `${id.baud} Bd`;
  ex.take([layer, 'baud'], id.baudChar.length, `mode ${id.mode}, ${speed}`);
  const escapes = line.length - 4 - id.baudChar.length - id.identification.length;
  ex.take([layer, 'escape'], escapes, id.speaksHdlc ? 'mode E: HDLC is offered' : '');
  ex.take([layer, 'identification'], id.identification.length, id.identification);
}

function explainAck(ex: Explainer, text: string): void {
  const layer = 'acknowledgement';
  ex.take([layer, 'acknowledge'], 1);
  const [protocol = '', , mode = ''] = /^(.)(.)(.)\r\n/.exec(text)?.slice(1) ?? [];
  if (protocol === '') return;
  ex.take([layer, 'protocol'], 1, protocol === '2' ? 'HDLC' : 'normal');
  ex.take([layer, 'baud'], 1);
  const modes: Readonly<Record<string, string>> = { 0: 'readout', 1: 'programming', 2: 'HDLC' };
  ex.take([layer, 'mode'], 1, modes[mode] ?? 'of the manufacturer');
}

/** One group in parentheses; in profiles the first may be a time. */
function groupText(content: string): string {
  const time = parseProfileTime(content);
  const [value = '', unit] = content.split('*');
  if (time && /^[012]?\d{10,12}$/.test(content)) {
    return `${content}, perhaps ${time.local}${time.season ? ` ${time.season}` : ''}`;
  }
  return unit === undefined ? value : `${value} ${unit}`;
}

/** What begins at the cursor inside a block: line end, address, group, end character. */
function explainContent(ex: Explainer, rest: string): void {
  const layer = 'data';
  const [lineEnd] = /^[\r\n]+/.exec(rest) ?? [''];
  const [group] = /^\([^()]*\)/.exec(rest) ?? [''];
  const address = addressAt(rest);
  if (lineEnd) ex.take([layer, 'line_end'], lineEnd.length);
  else if (group) ex.take([layer, 'value'], group.length, groupText(group.slice(1, -1)));
  else if (rest.startsWith('!')) ex.take([layer, 'end_of_data'], 1);
  else if (address) ex.take([layer, 'address'], address.length, address.trim());
  else ex.take([layer, 'unknown'], 1);
}

/** Printable characters up to the next parenthesis, line end or control character. */
function addressAt(rest: string): string {
  let end = 0;
  while (end < rest.length && rest[end]! >= ' ' && !'()!'.includes(rest[end]!)) end++;
  return rest.slice(0, end);
}

/** How many characters at the start are `char`. */
function runOf(rest: string, char: string): number {
  let end = 0;
  while (rest[end] === char) end++;
  return end;
}

function explainCheck(ex: Explainer, bytes: Uint8Array, start: number): void {
  if (ex.left === 0 || start < 0) return;
  const own = blockCheck(bytes, start + 1, ex.at);
  const fits = own === (bytes[ex.at]! & 0x7f);
  ex.take(['data', 'block_check'], 1, fits ? 'right' : `wrong: ${own.toString(16)}h is right`);
}

/** All characters in order; parity is taken off where it is carried. */
export function explainIec(received: Uint8Array): readonly ExplainedByte[] {
  const bytes = carriesParity(received) ? stripParity(received) : received;
  const text = toLatin1(bytes);
  const ex = createExplainer(bytes);
  let start = -1;
  while (ex.left > 0) {
    const { at } = ex;
    const byte = bytes[at]!;
    const rest = text.slice(at);
    const line = /^\/[^\r\n]*/.exec(rest)?.[0] ?? '';
    const request = /^\/\?([^!\r\n]*)!/.exec(rest);
    const identification = line && !request ? parseIdentification(line) : null;
    if (request) {
      ex.take(['request', 'start'], 2);
      ex.take(['request', 'device_address'], request[1]!.length, request[1]!);
      ex.take(['request', 'end'], 1);
    } else if (identification) explainIdentification(ex, line, identification);
    else if (byte === ACK) explainAck(ex, rest.slice(1));
    else if (byte === SOH) {
      start = at;
      ex.take(['command', 'start_of_header'], 1);
      ex.take(['command', 'command'], 1, COMMANDS[rest[1] ?? ''] ?? 'unknown');
      ex.take(['command', 'type'], 1, rest[2] ?? '');
    } else if (byte === 0) ex.take(['request', 'wake_up'], runOf(rest, '\0'));
    else if (CONTROLS.has(byte)) {
      if (byte === STX && start < 0) start = at;
      ex.take(['data', CONTROLS.get(byte)!], 1);
      if (byte === ETX || byte === EOT) {
        explainCheck(ex, bytes, start);
        start = -1;
      }
    } else explainContent(ex, rest);
  }
  return ex.done();
}
