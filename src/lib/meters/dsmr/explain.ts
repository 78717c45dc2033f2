/**
 * Every byte of a P1 telegram, plain or encrypted, with its meaning. Knows where fields begin and
 * end; what they mean comes from the codec. Called by the command line and the meter console.
 */
import { toHex, toLatin1 } from '#lib/base/bytes.ts';
import { formatDecimal } from '#lib/base/decimal.ts';
import { createExplainer, type ExplainedByte, type Explainer } from '../explained.ts';
import { readEnvelope } from './encrypted.ts';
import { parseObjects, type P1Value } from './object.ts';
import { parseTelegram, withoutParity } from './telegram.ts';

function valueText(value: P1Value): string {
  if (value.kind === 'none') return '';
  return value.kind === 'number' ? `${formatDecimal(value.value)} ${value.unit}` : value.text;
}

/** One line of objects: the address, then its groups as one field with what they say. */
function explainLine(ex: Explainer, line: string): void {
  const [object] = parseObjects(line).objects;
  const open = line.indexOf('(');
  if (!object || open < 0) {
    ex.take(['objects', open === 0 ? 'continued' : 'unknown'], line.length, line);
    return;
  }
  ex.take(['objects', 'obis'], open, object.obis);
  const at = object.time ? ` at ${object.time.local}` : '';
  const log = object.log.length ? `${object.log.length} entries` : '';
  ex.take(['objects', 'value'], line.length - open, `${valueText(object.value)}${log}${at}`);
}

function explainEnd(ex: Explainer, rest: string, received: Uint8Array): void {
  ex.take(['frame', 'end'], 1);
  const sum = /^![0-9A-Fa-f]{4}/.test(rest);
  const telegram = sum ? parseTelegram(received) : null;
  const crc = telegram?.ok ? telegram.value.crc : null;
  const right = crc?.computed.toString(16).toUpperCase().padStart(4, '0');
  if (sum) ex.take(['frame', 'crc'], 4, crc?.valid ? 'right' : `wrong: ${right ?? '?'} is right`);
  ex.take(['frame', 'line_end'], /^[\r\n]*/.exec(rest.slice(sum ? 5 : 1))![0].length);
}

/** A plain telegram from its `/`. */
export function explainP1(received: Uint8Array): readonly ExplainedByte[] {
  const bytes = withoutParity(received);
  const text = toLatin1(bytes);
  const ex = createExplainer(bytes);
  const head = /^\/([^\r\n]{3})([^\r\n]*)/.exec(text);
  if (head) {
    ex.take(['frame', 'start'], 1);
    ex.take(['frame', 'manufacturer'], 3, head[1]!);
    ex.take(['frame', 'identification'], head[2]!.length, head[2]!);
  }
  while (ex.left > 0) {
    const rest = text.slice(ex.at);
    const lineEnd = /^[\r\n]*/.exec(rest)![0];
    if (rest.startsWith('!')) {
      explainEnd(ex, rest, received);
      break;
    }
    if (lineEnd) ex.take(['objects', 'line_end'], lineEnd.length);
    else explainLine(ex, /^[^\r\n]*/.exec(rest)![0]);
  }
  return ex.done();
}

/** The envelope of an encrypted telegram; the telegram inside is explained on its own. */
export function explainEnvelope(bytes: Uint8Array): readonly ExplainedByte[] {
  const ex = createExplainer(bytes);
  const envelope = readEnvelope(bytes);
  if (!envelope.ok) return ex.done();
  const { systemTitle, securityControl, invocationCounter, sealed, length } = envelope.value;
  const layer = 'ciphering';
  ex.take([layer, 'general_glo_ciphering'], 1);
  ex.take([layer, 'title_length'], 1, String(systemTitle.length));
  ex.take([layer, 'system_title'], systemTitle.length, toLatin1(systemTitle.subarray(0, 3)));
  const head = 5;
  ex.take(
    [layer, 'length'],
    length - ex.at - head - sealed.length,
    `${head + sealed.length} bytes`,
  );
  const control = toHex(Uint8Array.of(securityControl));
  const isBoth = securityControl === 0x30;
  ex.take([layer, 'security'], 1, isBoth ? 'encrypted and authenticated' : `${control}h`);
  ex.take([layer, 'invocation_counter'], 4, String(invocationCounter));
  const tag = 12;
  ex.take([layer, 'encrypted'], sealed.length - tag);
  ex.take([layer, 'tag'], tag);
  return ex.done();
}
