/**
 * Sentences of the console: values, times and settings as a person reads them. Only the console's
 * screens call it.
 */
import { formatDecimal, parseDecimal } from '#lib/base/decimal.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, type Instant } from '#lib/base/interval.ts';
import type {
  CommandEntry,
  ConsoleValue,
  ManagedMeterView,
  ParameterValue,
} from '#lib/field/console/types.ts';
import type { SerialSettings } from '#lib/transport/transport.ts';
import { formatDateTime, formatNumber } from '#lib/i18n/format.ts';
import { m } from '#lib/i18n/paraglide/messages.js';
import { quantityName } from '../../../(desk)/desk/code-words.table.ts';
import { unitName as unitWord } from '../../../(desk)/desk/unit-words.table.ts';
import { parameterName, profileName, roleName, unitName } from './code-words.table.ts';

/** "300 бод, 7E1". */
export const lineText = ({ baud, dataBits, parity, stopBits }: SerialSettings): string =>
  m.console_settings_line({
    baud: String(baud),
    bits: `${dataBits}${parity[0]?.toUpperCase()}${stopBits}`,
  });

const capital = (text: string): string => text.charAt(0).toLocaleUpperCase() + text.slice(1);

/** What is measured; values of an unknown register keep their code. */
export function quantityWord(quantity: string): string {
  if (quantity === '' || quantity === 'unknown') return m.console_quantity_none();
  if (quantity === 'flow') return m.console_q_flow();
  return quantity === 'pulses' ? m.console_q_pulses() : capital(quantityName(quantity));
}

/** "тариф 2" of 1.8.2; empty for totals and for codes of another kind. */
export function zoneWord(code: string): string {
  const zone = /^(?:1-\d+:)?[12]\.8\.([1-9])(?!\d)/.exec(code)?.[1];
  return zone ? m.console_zone({ n: zone }) : '';
}

/** A unit as people of the language write it; others stay as the device's. */
export function unitText(unit: string): string {
  if (unit === 'kWh') return m.common_unit_kwh();
  return unit === 'kW' ? m.common_unit_kw() : unitWord(unit);
}

/** Registers count watt-hours; people know thousands of them. */
const LARGE: Readonly<Record<string, () => string>> = {
  Wh: m.common_unit_kwh,
  varh: () => unitWord('kvarh'),
};

/** A decimal with all of its own places, in the reader's language. */
export function numberWord(text: string): string {
  const value = parseDecimal(text);
  if (!value.ok) return text;
  const decimals = formatDecimal(value.value).split('.')[1]?.length ?? 0;
  return formatNumber(value.value, { decimals });
}

/** Figure and unit apart; the canonical value where one is known, else what the device said. */
export function valueParts(value: ConsoleValue): { number: string; unit: string } {
  const { canonical, text, unit } = value;
  // What has no name here stays letter for letter: it may be a number of a label.
  if (canonical === null) return { number: text, unit: unitText(unit) };
  const [figure = '', name = ''] = canonical.split(' ');
  const large = LARGE[name];
  const exact = parseDecimal(figure);
  if (!large || !exact.ok) return { number: numberWord(figure), unit: unitText(name) };
  const { units, scale } = exact.value;
  return { number: numberWord(formatDecimal({ units, scale: scale - 3 })), unit: large() };
}

/** "прибор: 4821500 Wh". */
export const asTold = ({ text, unit }: ConsoleValue): string =>
  m.console_value_as_told({ text: unit ? `${text}\u00a0${unit}` : text });

export const isOn = (text: string): boolean => /^(true|1|on|yes)$/i.test(text);

/** The value of a parameter; secrets are never drawn. */
export function parameterText(value: ParameterValue, zone: string): string {
  const { editor, text, unit } = value;
  if (editor === 'secret') return text === '' ? m.console_empty_value() : m.console_set_secret();
  if (editor === 'switch') return isOn(text) ? m.console_on() : m.console_off();
  if (text === '') return m.console_empty_value();
  const at = editor === 'clock' ? Date.parse(text) : NaN;
  if (Number.isFinite(at)) return formatDateTime(at, zone, 'numeric');
  return unit ? `${text}\u00a0${unitName(unit)}` : text;
}

/** "Энергия, тариф 1 (1-0:1.8.1, Wh)": what a column of a profile holds. */
export function columnWord(code: string, unit: string): string {
  const place = unit ? `${code}, ${unit}` : code;
  const group = /(?:^|:)(\d+)\.(\d+)\./.exec(code);
  const quantity = Number(group?.[1]);
  if (group?.[2] === '6') {
    const peak = quantity > 2 ? m.console_col_peak_reactive() : m.console_col_peak_active();
    return `${peak} (${place})`;
  }
  if (group?.[2] !== '8') return place;
  const energy = quantityWord(quantity > 2 && quantity < 9 ? 'reactive_energy' : 'energy');
  return `${energy}, ${zoneWord(code) || m.console_col_total()} (${place})`;
}

/** A span between two clocks, as coarse as it is long. */
export function spanText(ms: number): string {
  const span = Math.abs(ms);
  if (span < 2 * MINUTE_MS) return m.console_seconds({ n: Math.round(span / SECOND_MS) });
  if (span < 2 * HOUR_MS) return m.console_minutes({ n: Math.round(span / MINUTE_MS) });
  if (span < 2 * DAY_MS) return m.console_hours({ n: Math.round(span / HOUR_MS) });
  return m.console_days({ n: formatNumber(Math.round(span / DAY_MS)) });
}

/** "0,4 с": how long a command took. */
export const tookText = (ms: number): string =>
  m.console_seconds({ n: formatNumber(ms / SECOND_MS, { decimals: ms < 10_000 ? 1 : 0 }) });

export function meterState(meter: ManagedMeterView): string {
  if (meter.isBlackListed) return m.console_black_listed();
  return meter.isOnLine ? m.console_on_line() : m.console_off_line();
}

export const whenText = (at: Instant | null, zone: string): string =>
  at === null ? m.console_never() : formatDateTime(at, zone, 'short');

/** What a command was about: its parameters, meter and profile, or role; never a list of twenty. */
export function targetText({ name, target }: CommandEntry): string {
  const parts = target.split(' ').filter(Boolean);
  switch (name) {
    case 'read_parameters':
    case 'write_parameter':
    case 'import_set':
      return parts.length > 2
        ? m.console_parameters_count({ n: parts.length })
        : parts.map(parameterName).join(', ');
    case 'read_profile':
      return parts.length === 2 ? `${parts[0]}, ${profileName(parts[1]!)}` : target;
    case 'change_password':
      return roleName(target);
    default:
      return target;
  }
}
