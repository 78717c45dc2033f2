/**
 * A meter that is on no list, while the reader writes it down (F8).
 *
 * It knows the steps, what each needs and how the finished draft becomes `meter.unknown` of
 * fieldsync/1; it keeps nothing and knows no screen. lib/state holds it and keeps it sealed.
 */
import type { MeterUnknown } from '#lib/contract/unknown-meter.ts';
import { TOTAL_REGISTER } from '#lib/domain/register-types.table.ts';
import type { Resource } from '#lib/domain/resource.ts';
import { registerText, valueOfDigits, type Dial } from './dial.ts';

export const FOUND_STEPS = ['plate', 'place', 'dial', 'sum'] as const;
export type FoundStep = (typeof FOUND_STEPS)[number];

export type FoundDraft = {
  readonly v: 1;
  readonly step: FoundStep;
  readonly serial: string;
  readonly radioId: string;
  readonly resource: Resource | null;
  /** A meter of the round at the same place. */
  readonly besideId: number | null;
  readonly place: string;
  readonly digits: number;
  readonly decimals: number;
  readonly typed: string;
  readonly photo: string | null;
  readonly note: string;
  /** What the radio said: the value in the register's unit and its telegram, base64. */
  readonly heard?: { readonly value: string; readonly raw: string } | null;
};

type Stop = Dial & { readonly resource: Resource };

/** A round of one resource needs no question about it; the dial is as its neighbours' are. */
export function newFound(stops: readonly Stop[], seed: Partial<FoundDraft>): FoundDraft {
  const [only, more] = new Set(stops.map(({ resource }) => resource));
  const resource = seed.resource ?? (more === undefined ? (only ?? null) : null);
  return {
    ...{ v: 1, step: 'plate', serial: '', radioId: '', besideId: null, place: '' },
    ...{ typed: '', photo: null, note: '', ...dialOf(stops, resource) },
    ...seed,
    resource,
  };
}

/** The first step that still asks something; a draft that is full goes to the last one. */
export const openFoundStep = (draft: FoundDraft): FoundStep =>
  FOUND_STEPS.find((step) => !isFoundComplete(step, draft)) ?? 'sum';

/** Cells of the round's dials of this resource; five and three where there is none. */
export function dialOf(stops: readonly Stop[], resource: Resource | null) {
  const like = stops.find((stop) => stop.resource === resource);
  return { digits: like?.digits ?? 5, decimals: like?.decimals ?? 3 };
}

export const foundDial = ({ resource, digits, decimals }: FoundDraft): Dial => ({
  register: TOTAL_REGISTER[resource ?? 'cold-water'],
  digits,
  decimals,
});

const SERIAL = /^[0-9A-Za-z/.-]{2,32}$/;
const RADIO = /^[0-9A-F]{8}$/;

/**
 * True when the step holds what the next one builds on. A plate that cannot be read is told by its
 * photograph, a dial that cannot be read by nothing: only one of number and photo must be there.
 */
export function isFoundComplete(step: FoundStep, d: FoundDraft): boolean {
  switch (step) {
    case 'plate':
      return (d.serial === '' || SERIAL.test(d.serial)) && d.resource !== null;
    case 'place':
      return d.place.trim() !== '';
    case 'dial':
      return d.typed === '' || d.typed.length >= d.digits;
    case 'sum':
      return (
        (d.serial !== '' || d.photo !== null) &&
        FOUND_STEPS.every((one) => one === 'sum' || isFoundComplete(one, d))
      );
  }
}

/** Integer in the register's scale; null when nothing was read. */
export const foundValue = (d: FoundDraft): bigint | null =>
  d.typed.length >= d.digits ? valueOfDigits(foundDial(d), d.typed) : null;

/** Null while something is missing. */
export function foundBody(d: FoundDraft, roundId: number | null): MeterUnknown | null {
  const { resource, digits, decimals, besideId, photo } = d;
  if (resource === null || !isFoundComplete('sum', d)) return null;
  const value = foundValue(d);
  // Digits that a person typed come before what was heard.
  const heard = value === null ? (d.heard ?? null) : null;
  return {
    roundId,
    serial: d.serial || null,
    radioId: RADIO.test(d.radioId) ? d.radioId : null,
    resource,
    besideId,
    place: d.place.trim().slice(0, 200),
    digits,
    decimals,
    value: value === null ? (heard?.value ?? null) : registerText(TOTAL_REGISTER[resource], value),
    source: heard ? 'radio' : 'typed',
    raw: heard?.raw ?? null,
    note: d.note.trim().slice(0, 500) || null,
    photos: photo === null ? [] : [photo],
  };
}
