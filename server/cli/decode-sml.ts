/**
 * SML streams in the words of the decoder contract. Knows the contract's field names; the codec
 * knows the rest. Called by `decode-protocols.ts`.
 */
import { toHex, toLatin1 } from '#lib/base/bytes.ts';
import { toNumber } from '#lib/base/decimal.ts';
import { decodeSmlFile, type SmlFile } from '#lib/meters/sml/file.ts';
import type { SmlEntry, SmlTime } from '#lib/meters/sml/list.ts';
import { describeProof, provenPower } from '#lib/meters/sml/sign-quirk.ts';
import { createSmlFramer, type TransportEvent } from '#lib/meters/sml/transport.ts';
import { statusOf } from '#lib/meters/status.ts';
import type { DecodeInput, DecodeOutput } from './decode-protocols.ts';

const PRINTABLE = /^[\x20-\x7e]+$/;

function timeJson(time: SmlTime): object {
  if (time.kind === 'index') return { index_s: time.seconds };
  return { timestamp: new Date(time.seconds * 1000).toISOString() };
}

function contentJson({ content }: SmlEntry): object {
  switch (content.kind) {
    case 'number':
      return { value: toNumber(content.value), raw: Number(content.raw) };
    case 'octets': {
      const text = toLatin1(content.bytes);
      return { value: toHex(content.bytes), ...(PRINTABLE.test(text) && { text }) };
    }
    case 'bool':
      return { value: content.value };
    case 'none':
      return { value: null };
  }
}

const entryJson = (entry: SmlEntry): object => ({
  obis: entry.obis,
  ...contentJson(entry),
  unit: entry.unit,
  scaler: entry.scaler,
  ...(entry.status !== null && { status: Number(entry.status) }),
  ...(entry.time && { time: timeJson(entry.time) }),
});

function fileJson(file: SmlFile, before: SmlFile | null): DecodeOutput {
  const proved = before && provenPower(before, file);
  const status = statusOf(file.fault);
  return {
    status,
    ...(file.fault && { error: file.fault }),
    ...(file.serverId && { server_id: toHex(file.serverId) }),
    ...(file.time && { time: timeJson(file.time) }),
    ...(status === 'decoded' && { values: file.entries.map(entryJson) }),
    ...(proved && { note: describeProof(proved) }),
    ...(file.quirks.length > 0 && { quirks: file.quirks }),
  };
}

type Read = { readonly output: DecodeOutput; readonly file: SmlFile | null };

function readEvent(event: TransportEvent, isSml: boolean, before: SmlFile | null): Read | null {
  switch (event.kind) {
    case 'discarded':
      return null;
    case 'broken': {
      const error = { code: event.code, detail: 'The transport file is damaged.' };
      return { output: { status: statusOf(error), error }, file: null };
    }
    case 'file': {
      const transport = { payload: toHex(event.payload), crc: event.crc };
      if (!isSml) return { output: { status: 'decoded', ...transport }, file: null };
      const file = decodeSmlFile(event.payload);
      return { output: { ...fileJson(file, before), ...transport }, file };
    }
  }
}

export function decodeSml({ bytes, protocol }: DecodeInput): DecodeOutput {
  const framer = createSmlFramer();
  const frames: DecodeOutput[] = [];
  let before: SmlFile | null = null;
  for (const event of [...framer.push(bytes), ...framer.flush()]) {
    const read = readEvent(event, protocol === 'sml', before);
    if (read) frames.push(read.output);
    before = read?.file ?? before;
  }
  if (frames.some(({ status }) => status === 'decoded')) return { status: 'decoded', frames };
  const first = frames[0];
  if (!first) return { status: 'error', error: { code: 'no_file' }, frames };
  return { status: first.status, error: first.error, frames };
}
