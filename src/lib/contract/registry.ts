/**
 * What is supplied where and with which meter, as the desk asks for it and gets it.
 *
 * It knows the shapes; server/registry knows the tables. Client and server import it. Values are
 * decimal text in the catalogue's unit, instants UTC milliseconds.
 */
import { z } from 'zod/mini';
import { QUALITIES, SOURCES } from '#lib/domain/reading.ts';
import { RESOURCES } from '#lib/domain/resource.ts';
import { PLACE_KINDS } from '#lib/domain/role.ts';

const ZResource = z.enum(RESOURCES);
const ZDecimalText = z.string().check(z.regex(/^\d{1,12}([.,]\d{1,9})?$/));

export const ZPlaceNode = z.object({
  id: z.int(),
  parentId: z.nullable(z.int()),
  kind: z.enum(PLACE_KINDS),
  name: z.string(),
  address: z.string(),
  floor: z.nullable(z.int()),
  /** Metering points at this very place. */
  points: z.int(),
});
export type PlaceNode = z.infer<typeof ZPlaceNode>;

export const ZListPoints = z.object({
  /** Words of the address, or the last digits of a serial or radio number. */
  search: z.optional(z.string().check(z.maxLength(80))),
  /** This place and everything below it. */
  placeId: z.optional(z.int()),
  resource: z.optional(ZResource),
  role: z.optional(z.enum(['consumer', 'house', 'sub'])),
  offset: z.optional(z.int().check(z.gte(0), z.lte(1_000_000))),
  limit: z.optional(z.int().check(z.gte(1), z.lte(200))),
});
export type ListPoints = z.infer<typeof ZListPoints>;

const ZLast = z.object({
  at: z.number(),
  value: z.string(),
  quality: z.enum(QUALITIES),
  source: z.enum(SOURCES),
});

export const ZPointRow = z.object({
  pointId: z.int(),
  placeId: z.int(),
  address: z.string(),
  resource: ZResource,
  role: z.string(),
  name: z.string(),
  /** Total register of the resource and its unit. */
  register: z.int(),
  unit: z.string(),
  meter: z.nullable(
    z.object({
      meterId: z.int(),
      serial: z.string(),
      manufacturer: z.nullable(z.string()),
      radioId: z.nullable(z.string()),
      protocol: z.string(),
      hasKey: z.boolean(),
    }),
  ),
  last: z.nullable(ZLast),
});
export type PointRow = z.infer<typeof ZPointRow>;
export type PointPage = { readonly points: PointRow[]; readonly total: number };

export const ZPointInstallation = z.object({
  meterId: z.int(),
  serial: z.string(),
  manufacturer: z.nullable(z.string()),
  model: z.nullable(z.string()),
  radioId: z.nullable(z.string()),
  protocol: z.string(),
  hasKey: z.boolean(),
  verificationDueOn: z.nullable(z.string()),
  fromAt: z.number(),
  toAt: z.nullable(z.number()),
  seals: z.array(z.string()),
  registers: z.array(
    z.object({
      register: z.int(),
      obis: z.string(),
      unit: z.string(),
      digits: z.int(),
      decimals: z.int(),
      multiplier: z.number(),
      start: z.nullable(z.string()),
      end: z.nullable(z.string()),
      last: z.nullable(ZLast),
    }),
  ),
});
export type PointInstallation = z.infer<typeof ZPointInstallation>;

export type PointDetail = {
  readonly pointId: number;
  readonly placeId: number;
  readonly address: string;
  readonly resource: z.infer<typeof ZResource>;
  readonly role: string;
  readonly name: string;
  readonly hint: string | null;
  readonly parentId: number | null;
  readonly floor: number | null;
  /** Newest first; the first one without `toAt` hangs there now. */
  readonly installations: PointInstallation[];
};

/** A meter is taken off and another one hung in its place (X18). */
export const ZExchangeMeter = z.object({
  pointId: z.int(),
  at: z.number(),
  /** Total register of the old meter when it was taken off. */
  endValue: ZDecimalText,
  serial: z.string().check(z.regex(/^[0-9A-Za-z/.-]{2,32}$/)),
  manufacturer: z.nullable(z.string().check(z.regex(/^[A-Z]{3}$/))),
  radioId: z.nullable(z.string().check(z.regex(/^[0-9A-Fa-f]{8}$/))),
  protocol: z.enum(['wmbus', 'iec62056-21', 'mbus', 'dlms', 'pulse', 'none']),
  digits: z.int().check(z.gte(3), z.lte(9)),
  decimals: z.int().check(z.gte(0), z.lte(5)),
  startValue: ZDecimalText,
  seals: z.array(z.string().check(z.maxLength(32))).check(z.maxLength(8)),
});
export type ExchangeMeter = z.infer<typeof ZExchangeMeter>;

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
