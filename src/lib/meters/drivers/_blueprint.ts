/**
 * <Maker> <model>: what it measures, and how its payload is laid out. Copy this file, name it after
 * the maker, put the driver into `registry.ts`, and write its test beside the others in
 * `drivers.test.ts`: a telegram that you build yourself, never one that belongs to somebody else.
 *
 * Draw the bytes, least significant first. Write down where the layout is known from: the maker's
 * document with clause, or telegrams whose values were read off the dial. A guess is no source; a
 * byte whose meaning you do not know is a question mark, not a field.
 *
 * | CI | ? 1 | total 4 | at due date 4 | due date 2 |
 */
import type { Driver } from './driver.ts';

export const BLUEPRINT: Driver = {
  name: 'maker-model',
  // `ci`: the payload begins with the CI byte; `block`: with the byte behind DIF 0Fh.
  source: 'ci',
  // Name versions, unless the document covers all: makers change layouts with the version.
  meters: [{ manufacturer: 'KLT', versions: [1], types: [0x07] }],
  cis: [0xa0],
  // With fewer bytes than this the telegram stays unread.
  size: 12,
  fields: [
    // What a standard meter would send: DIF 04h (32 bits), VIF 13h (litres). Storage 0 is "now".
    { dif: '04', vif: '13', at: 2 },
    { dif: '44', vif: '13', at: 6 },
    { dif: '42', vif: '6C', at: 10 },
    // A value that stands nowhere: { dif: '04', vif: '13', derive: (payload) => … }.
  ],
  clause: 'Maker, document number, clause',
};
