/**
 * The messages of IEC 62056-21:2002 clause 6.3, one at a time: request, identification,
 * acknowledgement, programming command, data. Knows their syntax, not who speaks when
 * (`session.ts`); called by sessions, the virtual meter and the command line.
 *
 * | request        | / ? address ! CR LF                         |
 * | identification | / X X X Z [\ W]… identification CR LF       |
 * | acknowledgement| ACK V Z Y CR LF                             |
 * | command        | SOH C D [STX data set] ETX BCC              |
 * | data           | STX data block ! CR LF ETX BCC              |
 *
 * A block that another one follows ends with EOT instead of ETX (clause 6.3.14 items 6 and 22).
 */
import { concatBytes, fromLatin1, toLatin1 } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { BAUD_TABLE } from './baud.table.ts';
import { ACK, blockCheck, carriesParity, EOT, ETX, NAK, SOH, stripParity, STX } from './bytes.ts';
import { parseDataSets, type DataSet } from './data-set.ts';

export type Identification = {
  readonly kind: 'identification';
  /** Three letters as written; a lower-case third one means 20 ms reaction time. */
  readonly manufacturer: string;
  readonly baudChar: string;
  /** Null when the character announces none (mode A, or reserved). */
  readonly baud: number | null;
  readonly mode: 'A' | 'B' | 'C';
  /** `\2` in the identification: the meter also speaks HDLC (mode E). */
  readonly speaksHdlc: boolean;
  readonly reactionTimeMs: 20 | 200;
  readonly identification: string;
};

export type IecMessage =
  | { readonly kind: 'request'; readonly address: string }
  | Identification
  | {
      readonly kind: 'ack';
      readonly protocol: string | null;
      readonly baudChar: string | null;
      readonly modeChar: string | null;
    }
  | { readonly kind: 'nak' }
  | {
      readonly kind: 'command';
      readonly command: string;
      readonly type: string;
      readonly data: DataSet | null;
    }
  | {
      readonly kind: 'data';
      /** In front of the data where a meter sends both without being asked (mode D, push). */
      readonly identification: Identification | null;
      readonly dataSets: readonly DataSet[];
      /** Another block follows when it is acknowledged. */
      readonly isPartial: boolean;
    };

export type ParsedMessage = {
  readonly message: IecMessage;
  /** Whether the block check fits; null when the message has none. */
  readonly bccValid: boolean | null;
};

const CLAUSE = { clause: 'IEC 62056-21:2002 6.3' };
const plain = (message: IecMessage): Result<ParsedMessage> => ok({ message, bccValid: null });

function baudOf(char: string): { baud: number | null; mode: 'A' | 'B' | 'C' } {
  const row = BAUD_TABLE.find((entry) => entry.char === char);
  if (row) return { baud: row.baud, mode: row.mode };
  // G to I and 7 to 9 are reserved for speeds to come.
  if (/[G-I]/.test(char)) return { baud: null, mode: 'B' };
  return { baud: null, mode: /\d/.test(char) ? 'C' : 'A' };
}

/** Reads the text between `/` and the line end; null when it has no three letters. */
export function parseIdentification(line: string): Identification | null {
  const match = /^\/([A-Za-z]{3})([\x20-\x7e])?((?:\\.)*)([^\r\n]*)$/.exec(line);
  if (!match) return null;
  const [, manufacturer = '', char = '', escapes = '', identification = ''] = match;
  const isFast = manufacturer[2] === manufacturer[2]!.toLowerCase();
  return {
    kind: 'identification',
    manufacturer,
    baudChar: char,
    ...baudOf(char),
    speaksHdlc: escapes.includes('\\2'),
    reactionTimeMs: isFast ? 20 : 200,
    identification,
  };
}

/** Index behind the block check of the block that starts at `from`; -1 while it is incomplete. */
export function blockEnd(bytes: Uint8Array, from: number): number {
  const end = endCharacter(bytes, from);
  return end < 0 || end + 1 >= bytes.length ? -1 : end + 2;
}

/** Index of the first ETX or EOT at or behind `from`; -1 without one. */
function endCharacter(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] === ETX || bytes[at] === EOT) return at;
  }
  return -1;
}

type Block = {
  readonly text: string;
  readonly bccValid: boolean | null;
  readonly isPartial: boolean;
};

/** Content between the start character at `from` and ETX, and the verdict on the check. */
function readBlock(bytes: Uint8Array, from: number): Result<Block> {
  const end = endCharacter(bytes, from);
  const text = toLatin1(bytes.subarray(from + 1, end < 0 ? bytes.length : end));
  const isPartial = bytes[end] === EOT;
  const bcc = end < 0 ? undefined : bytes[end + 1];
  if (bcc === undefined) return ok({ text, bccValid: null, isPartial });
  const bccValid = blockCheck(bytes, from + 1, end + 1) === (bcc & 0x7f);
  return ok({ text, bccValid, isPartial });
}

function parseCommand(bytes: Uint8Array): Result<ParsedMessage> {
  if (bytes.length < 4) return fault('truncated', 'The command is cut off.', CLAUSE);
  if (endCharacter(bytes, 0) < 0) return fault('truncated', 'The command has no end.', CLAUSE);
  const block = readBlock(bytes, 0);
  if (!block.ok) return block;
  const { text, bccValid } = block.value;
  const sets = parseDataSets(text.slice(2));
  if (!sets.ok) return sets;
  const data = sets.value[0] ?? null;
  return ok({
    message: { kind: 'command', command: text[0] ?? '', type: text[1] ?? '', data },
    bccValid,
  });
}

/** `text` is what follows the ACK character. */
function parseAck(text: string): Result<ParsedMessage> {
  if (/^\r?\n?$/.test(text)) {
    return plain({ kind: 'ack', protocol: null, baudChar: null, modeChar: null });
  }
  const match = /^(.)(.)(.)\r\n/.exec(text);
  if (!match) return fault('bad_ack', 'The acknowledgement has a wrong form.', CLAUSE);
  return plain({ kind: 'ack', protocol: match[1]!, baudChar: match[2]!, modeChar: match[3]! });
}

function parseRequest(text: string): Result<ParsedMessage> {
  const match = /^\/\?([^!\r\n]{0,32})!\r\n/.exec(text);
  if (!match) return fault('bad_request', 'The request has a wrong form.', CLAUSE);
  return plain({ kind: 'request', address: match[1]! });
}

function parseData(bytes: Uint8Array): Result<ParsedMessage> {
  const stx = bytes.indexOf(STX);
  const text = toLatin1(bytes);
  const start = text.startsWith('/') ? text.search(/[\r\n]/) : 0;
  const identification = start > 0 ? parseIdentification(text.slice(0, start)) : null;
  const block = stx >= 0 ? readBlock(bytes, stx) : null;
  if (block && !block.ok) return block;
  const content = block ? block.value.text : text.slice(Math.max(0, start));
  const sets = parseDataSets(content);
  if (!sets.ok) return sets;
  if (!sets.value.length) return fault('no_data', 'There is no data set.', CLAUSE);
  const isPartial = block?.value.isPartial ?? false;
  const message = { kind: 'data', identification, dataSets: sets.value, isPartial } as const;
  return ok({ message, bccValid: block?.value.bccValid ?? null });
}

/** Wake-up characters and line ends before a message belong to no message. */
function skipIdle(bytes: Uint8Array): Uint8Array {
  let at = 0;
  while (at < bytes.length && (bytes[at] === 0 || bytes[at] === 10 || bytes[at] === 13)) at++;
  return bytes.subarray(at);
}

/**
 * Reads one message; characters may carry parity. A wrong block check is not an error here: see
 * `bccValid`. Errors: `truncated`, `bad_request`, `bad_identification`, `bad_ack`, `bad_data_set`,
 * `no_data`.
 */
export function parseMessage(received: Uint8Array): Result<ParsedMessage> {
  const bytes = skipIdle(carriesParity(received) ? stripParity(received) : received);
  const text = toLatin1(bytes.subarray(0, 64));
  if (bytes.length === 0) return fault('truncated', 'There are no characters.', CLAUSE);
  if (bytes[0] === SOH) return parseCommand(bytes);
  if (bytes[0] === ACK) return parseAck(text.slice(1));
  if (bytes[0] === NAK) return plain({ kind: 'nak' });
  if (text.startsWith('/?')) return parseRequest(text);
  if (bytes[0] !== 0x2f || bytes.includes(0x28)) return parseData(bytes);
  const line = /^([^\r\n]*)\r\n/.exec(text)?.[1];
  const identification = line === undefined ? null : parseIdentification(line);
  if (identification) return plain(identification);
  return line === undefined
    ? fault('truncated', 'The identification has no line end.', CLAUSE)
    : fault('bad_identification', 'The identification has a wrong form.', CLAUSE);
}

/** SOH or STX, content, ETX (or EOT) and block check. */
function encodeBlock(start: number, content: string, end: number = ETX): Uint8Array {
  const body = concatBytes(Uint8Array.of(start), fromLatin1(content), Uint8Array.of(end));
  return concatBytes(body, Uint8Array.of(blockCheck(body, 1, body.length)));
}

/** `content` of a data message in its frame. */
export const encodeData = (content: string, isPartial = false): Uint8Array =>
  encodeBlock(STX, content, isPartial ? EOT : ETX);

/** Twin of `parseMessage`; a command's `data` is written as its data set, if any. */
export function encodeMessage(
  message: Exclude<IecMessage, { kind: 'data' | 'command' }>,
): Uint8Array {
  switch (message.kind) {
    case 'request':
      return fromLatin1(`/?${message.address}!\r\n`);
    case 'identification': {
      const { manufacturer, baudChar, speaksHdlc, identification } = message;
      const hint = speaksHdlc ? '\\2' : '';
      return fromLatin1(`/${manufacturer}${baudChar}${hint}${identification}\r\n`);
    }
    case 'ack': {
      const { protocol, baudChar, modeChar } = message;
      if (protocol === null) return Uint8Array.of(ACK);
      return fromLatin1(`\x06${protocol}${baudChar}${modeChar}\r\n`);
    }
    case 'nak':
      return Uint8Array.of(NAK);
  }
}

/** Twin for programming commands: `encodeCommand('R', '1', '1.8.0()')`. */
export const encodeCommand = (command: string, type: string, content: string | null): Uint8Array =>
  encodeBlock(SOH, `${command}${type}${content === null ? '' : `\x02${content}`}`);
