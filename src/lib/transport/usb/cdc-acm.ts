/**
 * Devices of the class CDC-ACM: sticks that are their own adapter (iU891A, CUL), newer WCH chips.
 * Source: USB PSTN120 clause 6.3.10 to 6.3.12 (line coding, control line state).
 */
import { ByteWriter } from '#lib/base/bytes.ts';
import { ok } from '#lib/base/result.ts';
import { plainLine, type ChipFacts, type ControlOut, type UsbChip } from './chip.ts';

export const CDC_REQUEST = { lineCoding: 0x20, controlLines: 0x22 } as const;

/** PSTN120 table 17: values of bParityType. */
const PARITY = { none: 0, odd: 1, even: 2 } as const;
/** PSTN120 table 18: DTR is bit 0, RTS bit 1. */
const DTR_AND_RTS = 3;

export function cdcAcm(facts: ChipFacts): UsbChip {
  const order = (request: number, value: number, data?: Uint8Array): ControlOut => ({
    requestType: 'class',
    recipient: 'interface',
    request,
    value,
    index: facts.controlInterface,
    ...(data && { data }),
  });
  return {
    question: null,
    setUp({ baud, dataBits, parity, stopBits }, _answer, isOpen) {
      const coding = new ByteWriter()
        .uintLe(baud, 4)
        .byte(stopBits === 2 ? 2 : 0, PARITY[parity], dataBits)
        .done();
      const line = order(CDC_REQUEST.lineCoding, 0, coding);
      return ok(plainLine(isOpen ? [line] : [line, order(CDC_REQUEST.controlLines, DTR_AND_RTS)]));
    },
    stop: [order(CDC_REQUEST.controlLines, 0)],
  };
}
