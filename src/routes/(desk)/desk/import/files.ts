/** Words of refused lines, and the files the import page hands out. */
import type { ImportReject } from '#lib/contract/registry.ts';
import { m } from '#lib/i18n/paraglide/messages.js';

const REASON: Readonly<Record<string, () => string>> = {
  'no-header': m.desk_ir_no_header,
  'no-serial': m.desk_ir_no_serial,
  'bad-serial': m.desk_ir_bad_serial,
  'bad-resource': m.desk_ir_bad_resource,
  'bad-radio-id': m.desk_ir_bad_radio_id,
  'bad-protocol': m.desk_ir_bad_protocol,
  'bad-key': m.desk_ir_bad_key,
  'bad-value': m.desk_ir_bad_value,
  'bad-start': m.desk_ir_bad_start,
  'bad-time': m.desk_ir_bad_time,
  'bad-date': m.desk_ir_bad_date,
  'bad-decimals': m.desk_ir_bad_decimals,
  'bad-digits': m.desk_ir_bad_digits,
  'bad-manufacturer': m.desk_ir_bad_manufacturer,
  'bad-multiplier': m.desk_ir_bad_multiplier,
  'bad-register': m.desk_ir_bad_register,
  'bad-version': m.desk_ir_bad_version,
  'no-register': m.desk_ir_no_register,
  'unknown-register': m.desk_ir_unknown_register,
  'bad-unit': m.desk_ir_bad_unit,
  'in-future': m.desk_ir_in_future,
  'unknown-meter': m.desk_ir_unknown_meter,
  'unknown-house': m.desk_ir_unknown_house,
  'twice-in-file': m.desk_ir_twice_in_file,
  'serial-taken': m.desk_ir_serial_taken,
  'ambiguous-serial': m.desk_ir_ambiguous_serial,
  'other-value-stored': m.desk_ir_other_value_stored,
};
export const importReason = (code: string): string => REASON[code]?.() ?? code;

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** Line, reason and text of each refused row, to be put right and sent again. */
export const rejectsCsv = (rejects: readonly ImportReject[]): string =>
  [
    [m.desk_i_line(), m.desk_i_reason(), m.desk_i_text()].map(quoted).join(';'),
    ...rejects.map((r) => [String(r.line), importReason(r.reason), r.text].map(quoted).join(';')),
  ].join('\r\n');

const EXAMPLE = {
  meters: [
    'address;flat;resource;serial;radioId;key;start',
    'Лесная, 14;5;cold-water;21577099;21577099;000102030405060708090A0B0C0D0E0F;12.345',
  ],
  readings: ['serial;time;value', '21577085;2026-11-20 23:40;601.943'],
} as const;
export const exampleCsv = (kind: 'meters' | 'readings'): string => EXAMPLE[kind].join('\r\n');

/** With the mark that tells spreadsheets the encoding. */
export function saveFile(name: string, text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([`\ufeff${text}`], { type: 'text/csv' }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
