/**
 * From the bytes of a VIF with its VIFEs to quantity, unit and power of ten (EN 13757-3:2018
 * clause 6.4). Knows only `vif.table.ts` and `vife.table.ts`; called by `header.ts` and `build.ts`.
 */
import { FB_VIF, FD_FD_VIF, FD_VIF, PRIMARY_VIF, type VifForm, type VifRow } from './vif.table.ts';
import { COMBINABLE_VIFE, EXTENDED_VIFE, type VifeRow } from './vife.table.ts';

export type ValueInfo = {
  readonly quantity: string;
  readonly unit: string;
  /** Value = data × 10^scale + 10^offset (offset null: nothing is added). */
  readonly scale: number;
  readonly offset: number | null;
  readonly form: VifForm;
  /** The meter says why it sends no valid value. */
  readonly invalid: boolean;
  readonly qualifiers: readonly string[];
};

const UNKNOWN: ValueInfo = {
  quantity: 'unknown',
  unit: '',
  scale: 0,
  offset: null,
  form: 'number',
  invalid: false,
  qualifiers: [],
};
const MANUFACTURER: ValueInfo = { ...UNKNOWN, quantity: 'manufacturer_specific' };

/** One entry for each of the 128 codes, made once, so that decoding is an index. */
function expand(rows: readonly VifRow[]): readonly ValueInfo[] {
  const out = Array.from({ length: 128 }, () => UNKNOWN);
  for (const { from, to, quantity, unit, scale, step, form } of rows) {
    for (let code = from; code <= to; code++) {
      const power = scale + (step === 0 ? 0 : code - from);
      out[code] = { ...UNKNOWN, quantity, unit, scale: power, form: form ?? 'number' };
    }
  }
  return out;
}

function expandExtensions(rows: readonly VifeRow[]): readonly (VifeRow | undefined)[] {
  const out: (VifeRow | undefined)[] = Array.from({ length: 128 });
  for (const row of rows) for (let code = row.from; code <= row.to; code++) out[code] = row;
  return out;
}

const PRIMARY = expand(PRIMARY_VIF);
const FD = expand(FD_VIF);
const FD_FD = expand(FD_FD_VIF);
const FB = expand(FB_VIF);
const COMBINABLE = expandExtensions(COMBINABLE_VIFE);
const EXTENDED = expandExtensions(EXTENDED_VIFE);

/** Units of plain-text VIFs that are also units of the tables; others stay text. */
const TEXT_UNITS: Readonly<Record<string, readonly [string, string]>> = {
  wh: ['energy', 'Wh'],
  kwh: ['energy', 'kWh'],
  mwh: ['energy', 'MWh'],
  m3: ['volume', 'm3'],
  l: ['volume', 'l'],
  '%rh': ['relative_humidity', '%'],
  '%': ['relative_humidity', '%'],
};

/** What a VIF spelled out in text means (EN 13757-3:2018 clause 6.4.2, VIF 7Ch). */
function fromText(text: string): ValueInfo {
  const known = TEXT_UNITS[text.trim().toLowerCase()];
  const info = { ...UNKNOWN, qualifiers: [`text:${text}`] };
  return known ? { ...info, quantity: known[0], unit: known[1] } : info;
}

/** How one combinable VIFE with `code` changes `info`. */
function extend(info: ValueInfo, code: number, row: VifeRow | undefined): ValueInfo {
  const word = row?.word ?? `vife:${code.toString(16).padStart(2, '0')}`;
  const isError = row?.effect === 'error' || row?.effect === 'flag';
  const qualifiers = [...info.qualifiers, isError ? `error:${word}` : word];
  const step = row ? code - row.from : 0;
  switch (row?.effect) {
    case 'other':
      return { ...info, quantity: 'unknown', unit: '', qualifiers };
    case 'error':
      return { ...info, invalid: true, qualifiers };
    case 'count':
      return { ...UNKNOWN, quantity: 'counter', qualifiers };
    case 'date':
      return { ...UNKNOWN, quantity: 'datetime', form: 'date', qualifiers };
    case 'duration':
      return { ...UNKNOWN, quantity: 'duration', unit: row.units![step & 3]!, qualifiers };
    case 'scale':
      return { ...info, scale: info.scale + row.amount! + step, qualifiers };
    case 'add':
      return { ...info, offset: row.amount! + step, qualifiers };
    default:
      return { ...info, qualifiers };
  }
}

/** The value the VIF itself names, and the index of the first combinable VIFE behind it. */
function base(vib: Uint8Array, text: string | null): readonly [ValueInfo, number] {
  const vif = vib[0]!;
  if (vif === 0xfd && vib[1] === 0xfd) return [FD_FD[vib[2]! & 0x7f]!, 3];
  if (vif === 0xfd) return [FD[vib[1]! & 0x7f]!, 2];
  if (vif === 0xfb) return [FB[vib[1]! & 0x7f]!, 2];
  // EN 13757-3:2018 clause 6.4.2: behind FFh all VIFEs are the manufacturer's own.
  if (vif === 0xff) return [MANUFACTURER, vib.length];
  if (vif === 0xef) return [UNKNOWN, 2];
  if ((vif & 0x7f) === 0x7c) return [fromText(text ?? ''), 1];
  return [PRIMARY[vif & 0x7f]!, 1];
}

/**
 * Meaning of a complete value information block. `vib` is the VIF with its VIFEs, without the
 * characters of a plain-text VIF, which come as `text` in reading order.
 */
export function resolveVif(vib: Uint8Array, text: string | null): ValueInfo {
  let [info, at] = base(vib, text);
  for (; at < vib.length; at++) {
    const code = vib[at]! & 0x7f;
    if (code === 0x7f) return { ...info, qualifiers: [...info.qualifiers, 'manufacturer'] };
    if (code === 0x7c && at + 1 < vib.length) {
      const next = vib[++at]! & 0x7f;
      info = extend(info, next, EXTENDED[next]);
    } else info = extend(info, code, COMBINABLE[code]);
  }
  return info;
}

export type VifChoice = { readonly vib: Uint8Array; readonly scale: number };

/** The codes whose value is `quantity` in `unit`, for encoders; empty when the tables have none. */
export function findVifs(quantity: string, unit: string): readonly VifChoice[] {
  const out: VifChoice[] = [];
  const collect = (table: readonly ValueInfo[], prefix: readonly number[]): void => {
    table.forEach((info, code) => {
      if (info.quantity !== quantity || info.unit !== unit) return;
      out.push({ vib: Uint8Array.of(...prefix, code), scale: info.scale });
    });
  };
  collect(PRIMARY, []);
  collect(FD, [0xfd]);
  collect(FB, [0xfb]);
  return out;
}
