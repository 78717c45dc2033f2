/**
 * Meters as the desk changes them: an exchange, and files of meters and readings.
 *
 * It knows the shapes; server/registry knows the tables. Client and server import it. Values are
 * decimal text in the catalogue's unit, instants UTC milliseconds.
 */
import { z } from 'zod/mini';

export const ZDecimalText = z.string().check(z.regex(/^\d{1,12}([.,]\d{1,9})?$/));

export const ZMeterSerial = z.string().check(z.regex(/^[0-9A-Za-z/.-]{2,32}$/));

/** A meter is taken off and another one hung in its place (X18). */
export const ZExchangeMeter = z.object({
  pointId: z.int(),
  at: z.number(),
  /** Total register of the old meter when it was taken off. */
  endValue: ZDecimalText,
  serial: ZMeterSerial,
  manufacturer: z.nullable(z.string().check(z.regex(/^[A-Z]{3}$/))),
  radioId: z.nullable(z.string().check(z.regex(/^[0-9A-Fa-f]{8}$/))),
  protocol: z.enum(['wmbus', 'iec62056-21', 'mbus', 'dlms', 'pulse', 'none']),
  digits: z.int().check(z.gte(3), z.lte(9)),
  decimals: z.int().check(z.gte(0), z.lte(5)),
  startValue: ZDecimalText,
  seals: z.array(z.string().check(z.maxLength(32))).check(z.maxLength(8)),
});
export type ExchangeMeter = z.infer<typeof ZExchangeMeter>;

/** What really happened at an exchange, from the desk; the version before it stays. */
export const ZCorrectExchange = z.object({
  exchangeId: z.uuid(),
  /** Null: nobody could read it. */
  endValue: z.nullable(ZDecimalText),
  startValue: ZDecimalText,
  serial: ZMeterSerial,
  seals: z.array(z.string().check(z.maxLength(32))).check(z.maxLength(8)),
  why: z.string().check(z.trim(), z.minLength(3), z.maxLength(300)),
  /** A second report that this decision settles. */
  settles: z.nullable(z.uuid()),
});
export type CorrectExchange = z.infer<typeof ZCorrectExchange>;

/** A file as it lies on the disk: its encoding is found out by the server. */
export const ZImportUpload = z.object({
  fileName: z.string().check(z.minLength(1), z.maxLength(200)),
  /** Base64, at most 15 MB of file. */
  content: z.string().check(z.maxLength(20_000_000)),
});
export type ImportUpload = z.infer<typeof ZImportUpload>;

export type ImportReject = {
  /** Line of the file, counted from 1. */
  readonly line: number;
  /** A code of the import services; screens translate it. */
  readonly reason: string;
  /** The line without its secrets. */
  readonly text: string;
};

export type ImportAnswer = {
  readonly runId: number;
  readonly rowsTotal: number;
  readonly rowsKept: number;
  /** Rows that were there already, word for word. */
  readonly rowsSame: number;
  readonly rejects: ImportReject[];
  /** True when this very file was imported before: nothing was done. */
  readonly seenBefore: boolean;
};
