/**
 * Device types (EN 13757-7:2018 table 13): what a meter measures. Only rows and one look-up; the
 * words are the contract's, user interfaces translate them.
 */
export type MediumRow = { readonly type: number; readonly word: string; readonly clause: string };

const T13 = 'EN 13757-7:2018 table 13';

export const MEDIUM_TABLE = [
  { type: 0x00, word: 'other', clause: T13 },
  { type: 0x01, word: 'oil', clause: T13 },
  { type: 0x02, word: 'electricity', clause: T13 },
  { type: 0x03, word: 'gas', clause: T13 },
  { type: 0x04, word: 'heat', clause: T13 },
  { type: 0x05, word: 'steam', clause: T13 },
  { type: 0x06, word: 'warm_water', clause: T13 },
  { type: 0x07, word: 'water', clause: T13 },
  { type: 0x08, word: 'heat_cost_allocator', clause: T13 },
  { type: 0x09, word: 'compressed_air', clause: T13 },
  { type: 0x0a, word: 'cooling_outlet', clause: T13 },
  { type: 0x0b, word: 'cooling_inlet', clause: T13 },
  { type: 0x0c, word: 'heat_inlet', clause: T13 },
  { type: 0x0d, word: 'heat_cooling', clause: T13 },
  { type: 0x0e, word: 'bus_system', clause: T13 },
  { type: 0x0f, word: 'unknown', clause: T13 },
  { type: 0x10, word: 'irrigation_water', clause: T13 },
  { type: 0x11, word: 'water_data_logger', clause: T13 },
  { type: 0x12, word: 'gas_data_logger', clause: T13 },
  { type: 0x13, word: 'gas_converter', clause: T13 },
  { type: 0x14, word: 'calorific_value', clause: T13 },
  { type: 0x15, word: 'hot_water', clause: T13 },
  { type: 0x16, word: 'cold_water', clause: T13 },
  { type: 0x17, word: 'hot_and_cold_water', clause: T13 },
  { type: 0x18, word: 'pressure', clause: T13 },
  { type: 0x19, word: 'ad_converter', clause: T13 },
  { type: 0x1a, word: 'smoke_detector', clause: T13 },
  { type: 0x1b, word: 'room_sensor', clause: T13 },
  { type: 0x1c, word: 'gas_detector', clause: T13 },
  { type: 0x1d, word: 'carbon_monoxide_detector', clause: T13 },
  { type: 0x1e, word: 'carbon_dioxide_detector', clause: T13 },
  { type: 0x1f, word: 'system_sensor', clause: T13 },
  { type: 0x20, word: 'breaker', clause: T13 },
  { type: 0x21, word: 'valve', clause: T13 },
  { type: 0x25, word: 'customer_display', clause: T13 },
  { type: 0x28, word: 'waste_water', clause: T13 },
  { type: 0x29, word: 'waste', clause: T13 },
  { type: 0x2a, word: 'carbon_dioxide', clause: T13 },
  { type: 0x31, word: 'communication_controller', clause: T13 },
  { type: 0x32, word: 'unidirectional_repeater', clause: T13 },
  { type: 0x33, word: 'bidirectional_repeater', clause: T13 },
  { type: 0x36, word: 'radio_converter_system', clause: T13 },
  { type: 0x37, word: 'radio_converter_meter', clause: T13 },
  { type: 0x38, word: 'bus_converter_meter', clause: T13 },
] as const satisfies readonly MediumRow[];

const WORDS = new Map<number, string>(MEDIUM_TABLE.map(({ type, word }) => [type, word]));

/** The word of a device type, `reserved` when the table has none. */
export const mediumWord = (type: number): string => WORDS.get(type) ?? 'reserved';
