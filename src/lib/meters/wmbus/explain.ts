/**
 * "Explain every byte": the fields of a decoded telegram with their offsets, for a screen or the
 * command line. Knows how the layers lie in the frame; decodes nothing again and translates
 * nothing: `name` is a word that user interfaces translate. Called by ui and the command line.
 */
import { toHex } from '#lib/base/bytes.ts';
import { formatDecimal } from '#lib/base/decimal.ts';
import type { ExplainedByte } from '../explained.ts';
import type { DataRecord, RecordValue } from '../telegram.ts';
import type { LayerName, WmbusTelegram } from './decode.ts';

/** Offsets are those of the telegram without link CRCs; bytes are in clear. */
export type ExplainedField = ExplainedByte & { readonly layer: LayerName };

/** DIF 2Fh fills whole blocks up (EN 13757-3:2018 clause 6.3.2). */
const IDLE_FILLER = 0x2f;

type Draft = readonly [name: string, length: number, text: string];

const hexByte = (n: number): string => `${n.toString(16).toUpperCase().padStart(2, '0')}h`;

function linkFields(t: WmbusTelegram): readonly Draft[] {
  const { control, address } = t.link!;
  return [
    ['length', 1, String(t.frame[0])],
    ['control', 1, hexByte(control)],
    ['manufacturer', 2, address.manufacturer],
    ['id', 4, address.id],
    ['version', 1, String(address.version)],
    ['type', 1, hexByte(address.type)],
  ];
}

function ellFields(t: WmbusTelegram): readonly Draft[] {
  const ell = t.ell!;
  const address: readonly Draft[] = ell.target
    ? [['target_address', 8, `${ell.target.manufacturer} ${ell.target.id}`]]
    : [];
  const session: readonly Draft[] =
    ell.session === null
      ? []
      : [
          ['session_number', 4, String(ell.session)],
          ['payload_crc', 2, ''],
        ];
  return [
    ['ci', 1, hexByte(ell.ci)],
    ['communication_control', 1, hexByte(ell.communicationControl)],
    ['access_number', 1, String(ell.access)],
    ...address,
    ...session,
  ];
}

function aflFields(t: WmbusTelegram): readonly Draft[] {
  const afl = t.afl!;
  const fields: (Draft | null)[] = [
    ['ci', 1, hexByte(0x90)],
    ['length', 1, String(t.frame[afl.at + 1])],
    ['fragmentation_control', 2, ''],
    afl.messageControl === null ? null : ['message_control', 1, hexByte(afl.messageControl)],
    afl.keyInformation === null ? null : ['key_information', 2, String(afl.keyInformation)],
    afl.counter === null ? null : ['message_counter', 4, String(afl.counter)],
    afl.mac ? ['mac', afl.mac.length, ''] : null,
    afl.messageLength === null ? null : ['message_length', 2, String(afl.messageLength)],
  ];
  return fields.filter((field) => field !== null);
}

function tplFields(t: WmbusTelegram): readonly Draft[] {
  const tpl = t.tpl!;
  const a = tpl.address;
  const address: readonly Draft[] = a
    ? [
        ['id', 4, a.id],
        ['manufacturer', 2, a.manufacturer],
        ['version', 1, String(a.version)],
        ['type', 1, hexByte(a.type)],
      ]
    : [];
  const state: readonly Draft[] =
    tpl.kind === 'none'
      ? []
      : [
          ['access_number', 1, String(tpl.access)],
          ['status', 1, hexByte(tpl.status)],
          ['security_mode', 2, `${tpl.mode}, ${tpl.blocks}`],
        ];
  const extension: readonly Draft[] =
    tpl.extension === null ? [] : [['key_derivation', 1, hexByte(tpl.extension)]];
  return [['ci', 1, hexByte(tpl.ci)], ...address, ...state, ...extension];
}

/** A record's value as plain text with a decimal point; screens format numbers themselves. */
export function valueText(value: RecordValue): string {
  if (value.kind === 'number') return formatDecimal(value.value);
  return value.value === null ? '–' : String(value.value);
}

function recordSize({ dif, vif, raw, lvar }: DataRecord): number {
  return ((dif?.length ?? 0) + (vif?.length ?? 0) + raw.length) / 2 + (lvar === undefined ? 0 : 1);
}

/** What the bytes behind the last record are. */
function restName(t: WmbusTelegram, at: number): string {
  if (!t.payload) return 'encrypted';
  if (t.manufacturerData) return 'manufacturer_data';
  return t.payload.subarray(at).every((byte) => byte === IDLE_FILLER) ? 'filler' : 'rest';
}

/** Records with the gaps between them: fillers, manufacturer data, ciphertext. */
function applicationFields(t: WmbusTelegram, length: number): readonly Draft[] {
  const out: Draft[] = [];
  let at = 0;
  const isCompact = t.tpl?.content === 'compact';
  // What a driver reads has no header of its own in the telegram.
  for (const record of isCompact ? [] : t.records.filter(({ dif }) => dif !== null)) {
    if (record.offset > at) out.push(['filler', record.offset - at, '']);
    const size = recordSize(record);
    out.push([
      `record:${record.quantity}`,
      size,
      `${valueText(record.value)} ${record.unit}`.trim(),
    ]);
    at = record.offset + size;
  }
  if (at < length) out.push([isCompact ? 'compact_data' : restName(t, at), length - at, '']);
  return out;
}

const FIELDS: Readonly<Record<LayerName, (t: WmbusTelegram, length: number) => readonly Draft[]>> =
  {
    link: linkFields,
    ell: ellFields,
    afl: aflFields,
    tpl: tplFields,
    application: applicationFields,
  };

/** Every field of every layer in order; together they cover the telegram from its L field on. */
export function explainTelegram(t: WmbusTelegram): readonly ExplainedField[] {
  const out: ExplainedField[] = [];
  let at = 0;
  const take = (layer: LayerName, [name, size, text]: Draft): void => {
    const end = Math.min(at + size, t.clear.length);
    const hex = toHex(t.clear.subarray(at, end));
    out.push({ layer, name, offset: at, length: end - at, hex, text });
    at = end;
  };
  for (const { name, offset, length } of t.layers) {
    for (const field of FIELDS[name](t, length)) take(name, field);
    // A layer may announce more bytes than its fields need.
    const end = Math.min(offset + length, t.clear.length);
    if (at < end) take(name, ['rest', end - at, '']);
  }
  const last = t.layers.at(-1)?.name ?? 'link';
  const layer = last === 'link' ? 'link' : 'application';
  if (at < t.clear.length) take(layer, ['rest', t.clear.length - at, '']);
  return out;
}
