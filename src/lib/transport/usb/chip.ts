/**
 * What a USB serial chip must be told, as values: control requests to send and how bytes are
 * wrapped on the way. The drivers of this folder compute them and touch no device, so that every
 * request can be compared with the chip's documents; only ../web-usb.ts sends them.
 */
import type { Result } from '#lib/base/result.ts';
import type { LineFault, SerialSettings } from '../transport.ts';

/** A control transfer without its direction (USB 2.0 clause 9.3, table 9-2). */
type Setup = {
  readonly requestType: 'vendor' | 'class';
  readonly recipient: 'device' | 'interface';
  readonly request: number;
  readonly value: number;
  readonly index: number;
};
export type ControlOut = Setup & { readonly data?: Uint8Array };
export type ControlIn = Setup & { readonly length: number };

/** What the descriptors say about a device that a driver has to know. */
export type ChipFacts = {
  /** `bcdDevice`, for example 0x0600. */
  readonly release: number;
  readonly interfaceCount: number;
  /** Number of the interface with the bulk endpoints. */
  readonly dataInterface: number;
  /** Number of the interface that takes the requests; the same where there is only one. */
  readonly controlInterface: number;
  /** Largest packet of the bulk endpoint towards the phone, in bytes. */
  readonly endpointBytes: number;
};

/** Bytes of the line and what the chip says went wrong among them. */
export type Received = { readonly bytes: Uint8Array; readonly faults: readonly LineFault[] };

export type LineSetup = {
  readonly requests: readonly ControlOut[];
  pack(bytes: Uint8Array): Uint8Array;
  /** `transfer` may hold several packets of the endpoint. */
  unpack(transfer: Uint8Array): Received;
};

export interface UsbChip {
  /** Asked once after the interfaces are claimed; its answer goes into `setUp`. */
  readonly question: ControlIn | null;
  /**
   * Requests for these settings; all of the set-up when `isOpen` is false, else only the change.
   * Fault `line_unsupported`: the chip has no such speed or character.
   */
  setUp(settings: SerialSettings, answer: Uint8Array | null, isOpen: boolean): Result<LineSetup>;
  /** Takes the power from the head and lets the chip go. */
  readonly stop: readonly ControlOut[];
}

/** Chips that pass bytes as they are. */
export const plainLine = (requests: readonly ControlOut[]): LineSetup => ({
  requests,
  pack: (bytes) => bytes,
  unpack: (bytes) => ({ bytes, faults: [] }),
});

/** UARTs resynchronise at every start bit; beyond this the last bits of a character are lost. */
export const MAX_BAUD_ERROR = 0.03;

export const baudError = (actual: number, wanted: number): number => Math.abs(actual / wanted - 1);

/** Bits of one character on the line: start, data, parity, stop. */
export const bitsPerCharacter = (line: SerialSettings): number =>
  1 + line.dataBits + (line.parity === 'none' ? 0 : 1) + line.stopBits;
