/**
 * Which register of which meter holds which OBIS quantity. Only rows; `register-map.ts` plans the
 * requests and reads the answers. Facts from the manufacturers' public protocol descriptions.
 */
import type { RegisterMap } from './register-map.ts';

const F32 = { type: 'f32', order: 'ABCD', scale: 0 } as const;
/** Whole numbers with the less significant word first; the maker writes "LSW to MSW". */
const I32 = { type: 'i32', order: 'CDAB' } as const;

/**
 * Eastron SDM630-Modbus. Source: SDM630 Modbus protocol description, input registers: floats,
 * most significant register first, at most 30 parameters (60 registers) in a request.
 */
const SDM630: RegisterMap = {
  id: 'eastron-sdm630',
  model: 'Eastron SDM630-Modbus',
  source: 'Source: Eastron SDM630 Modbus protocol, input registers',
  maxRegisters: 60,
  readsGaps: true,
  entries: [
    { obis: '1-0:32.7.0', unit: 'V', reference: '30001', ...F32 },
    { obis: '1-0:52.7.0', unit: 'V', reference: '30003', ...F32 },
    { obis: '1-0:72.7.0', unit: 'V', reference: '30005', ...F32 },
    { obis: '1-0:31.7.0', unit: 'A', reference: '30007', ...F32 },
    { obis: '1-0:51.7.0', unit: 'A', reference: '30009', ...F32 },
    { obis: '1-0:71.7.0', unit: 'A', reference: '30011', ...F32 },
    { obis: '1-0:36.7.0', unit: 'W', reference: '30013', ...F32 },
    { obis: '1-0:56.7.0', unit: 'W', reference: '30015', ...F32 },
    { obis: '1-0:76.7.0', unit: 'W', reference: '30017', ...F32 },
    { obis: '1-0:16.7.0', unit: 'W', reference: '30053', ...F32 },
    { obis: '1-0:14.7.0', unit: 'Hz', reference: '30071', ...F32 },
    { obis: '1-0:1.8.0', unit: 'kWh', reference: '30073', ...F32 },
    { obis: '1-0:2.8.0', unit: 'kWh', reference: '30075', ...F32 },
    { obis: '1-0:3.8.0', unit: 'kvarh', reference: '30077', ...F32 },
    { obis: '1-0:4.8.0', unit: 'kvarh', reference: '30079', ...F32 },
  ],
};

/**
 * Carlo Gavazzi EM300 and ET300 series. Source: EM300/ET300 communication protocol version 2,
 * variables by type: value weights V*10, A*1000, W*10, kWh*10; 7FFFFFFFh is "out of range". The
 * maker writes addresses with six digits: 300053 is input register 52 (0034h).
 */
const EM300: RegisterMap = {
  id: 'gavazzi-em300',
  model: 'Carlo Gavazzi EM330, EM340, ET330, ET340',
  source: 'Source: Carlo Gavazzi EM300/ET300 series communication protocol, version 2',
  maxRegisters: 50,
  readsGaps: true,
  entries: [
    { obis: '1-0:32.7.0', unit: 'V', reference: '300001', ...I32, scale: -1, invalid: 0x7fffffffn },
    { obis: '1-0:52.7.0', unit: 'V', reference: '300003', ...I32, scale: -1, invalid: 0x7fffffffn },
    { obis: '1-0:72.7.0', unit: 'V', reference: '300005', ...I32, scale: -1, invalid: 0x7fffffffn },
    { obis: '1-0:31.7.0', unit: 'A', reference: '300013', ...I32, scale: -3, invalid: 0x7fffffffn },
    { obis: '1-0:51.7.0', unit: 'A', reference: '300015', ...I32, scale: -3, invalid: 0x7fffffffn },
    { obis: '1-0:71.7.0', unit: 'A', reference: '300017', ...I32, scale: -3, invalid: 0x7fffffffn },
    { obis: '1-0:16.7.0', unit: 'W', reference: '300041', ...I32, scale: -1, invalid: 0x7fffffffn },
    {
      obis: '1-0:14.7.0',
      unit: 'Hz',
      reference: '300052',
      type: 'i16',
      order: 'ABCD',
      scale: -1,
      invalid: 0x7fffn,
    },
    {
      obis: '1-0:1.8.0',
      unit: 'kWh',
      reference: '300053',
      ...I32,
      scale: -1,
      invalid: 0x7fffffffn,
    },
    {
      obis: '1-0:2.8.0',
      unit: 'kWh',
      reference: '300079',
      ...I32,
      scale: -1,
      invalid: 0x7fffffffn,
    },
  ],
};

/** Source: the documents that the maps name. */
export const REGISTER_MAPS: readonly RegisterMap[] = [SDM630, EM300];
