/**
 * The neutral shape every protocol decodes into. Knows no protocol and no metering point; written
 * by codecs, read by normalise.ts, the telegram explainer and the tests.
 */
import type { Decimal } from '#lib/base/decimal.ts';

/** Who sent the telegram, as its headers say. */
export type DeviceAddress = {
  /** Three letters (EN 13757-3 FLAG id). */
  readonly manufacturer: string;
  /** Eight hex digits as printed on the meter, leading zeros kept. */
  readonly id: string;
  readonly version: number;
  /** Device type code of EN 13757-3 table 13. */
  readonly type: number;
};

export type RecordFunction = 'instantaneous' | 'maximum' | 'minimum' | 'error';

export type RecordValue =
  | { readonly kind: 'number'; readonly value: Decimal }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  /**
   * `YYYY-MM-DD`, `YYYY-MM-DDTHH:MM[:SS]`, `HH:MM:SS`, or `--MM-DD` for a day of every year: the
   * meter's own wall clock.
   */
  | { readonly kind: 'date'; readonly value: string }
  /** The field itself says that it holds nothing valid. */
  | { readonly kind: 'invalid'; readonly value: null };

/** One DIF/VIF element (M-Bus family). */
export type DataRecord = {
  /** Hex of DIF with DIFEs and of VIF with VIFEs, as transmitted; null for the fixed structure. */
  readonly dif: string | null;
  readonly vif: string | null;
  /** Hex of the data bytes as transmitted, without the LVAR byte of variable lengths. */
  readonly raw: string;
  /** The LVAR byte, where the length is variable. */
  readonly lvar?: number | undefined;
  /** Offset of the DIF in the decrypted application payload (compact frames: in the format). */
  readonly offset: number;
  readonly function: RecordFunction;
  readonly storage: number;
  readonly tariff: number;
  readonly subunit: number;
  /** Quantity word of the decoder contract, `unknown` when not in any table. */
  readonly quantity: string;
  readonly unit: string;
  readonly value: RecordValue;
  /**
   * What the VIF extensions add, in order: `per_hour`, `upper_limit`, `phase_l1`, `error:…`.
   * Empty for a plain register. A reader that ignores them must not take the value for a register.
   */
  readonly qualifiers: readonly string[];
};

/**
 * How far decoding came: `encrypted` lacks a key, `incomplete` lacks bytes or an earlier telegram,
 * `unsupported` is valid but not ours to read, `error` is damaged, forged or under a wrong key.
 */
export type TelegramStatus = 'decoded' | 'encrypted' | 'error' | 'incomplete' | 'unsupported';
