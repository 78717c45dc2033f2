/**
 * A reading: the value of one register of one meter at an instant. Knows how status bits are laid
 * out in storage; knows nothing of tables or screens. Anyone may call it.
 */
import type { Instant } from '#lib/base/interval.ts';

/** Where a value was taken from; shown beside every number. */
export const SOURCES = [
  'radio',
  'optical',
  'bluetooth',
  'photo',
  'typed',
  'resident',
  'import',
  'concentrator',
  'self-install',
  'exchange',
  // What the meter keeps of earlier months, taken out of its telegram or readout.
  'stored',
] as const;
export type Source = (typeof SOURCES)[number];

export const QUALITIES = ['measured', 'estimated', 'edited', 'missing', 'suspect'] as const;
export type Quality = (typeof QUALITIES)[number];

export type Reading = {
  readonly meterId: number;
  /** Row of the register catalogue. */
  readonly register: number;
  readonly at: Instant;
  /** Integer in the register's 10^scale of its unit. */
  readonly value: bigint;
  readonly quality: Quality;
  readonly source: Source;
};

/** `status` of storage, one byte: bits 0-2 quality, bits 3-6 source, bit 7 flagged by a person. */
export const STATUS_FLAGGED = 1 << 7;

export const packStatus = (quality: Quality, source: Source, flagged = false): number =>
  QUALITIES.indexOf(quality) | (SOURCES.indexOf(source) << 3) | (flagged ? STATUS_FLAGGED : 0);

export const unpackStatus = (
  status: number,
): { quality: Quality; source: Source; flagged: boolean } => ({
  quality: QUALITIES[status & 7] ?? 'suspect',
  source: SOURCES[(status >> 3) & 15] ?? 'import',
  flagged: (status & STATUS_FLAGGED) !== 0,
});
