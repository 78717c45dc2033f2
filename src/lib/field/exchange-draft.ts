/**
 * An exchange while it is being written down, step by step (product.md 5.1 point 8).
 *
 * It knows what each step needs before the next one, and how the finished draft becomes the event
 * of fieldsync/1; it keeps nothing and knows no screen. lib/state holds it and keeps it sealed
 * after every step, because a phone may die in a basement.
 */
import type { MeterExchanged } from '#lib/contract/exchange.ts';
import { isChecklistComplete, isLiveWork } from '#lib/domain/order.ts';
import type { Resource } from '#lib/domain/resource.ts';
import { dialCells, registerText, valueOfDigits, type Dial } from './dial.ts';

export const EXCHANGE_STEPS = [
  'safety',
  'old',
  'end',
  'reason',
  'new',
  'start',
  'seals',
  'radio',
  'sign',
  'sum',
] as const;
export type ExchangeStep = (typeof EXCHANGE_STEPS)[number];

export type ExchangeDraft = {
  readonly v: 1;
  readonly step: ExchangeStep;
  readonly checklist: readonly string[];
  /** The person saw the old number on the plate. */
  readonly oldSeen: boolean;
  /** When the old value was complete: the instant of the exchange. */
  readonly endAt: number | null;
  readonly endTyped: string;
  readonly endPhoto: string | null;
  readonly unreadable: string | null;
  readonly confirmed: boolean;
  readonly reason: string | null;
  readonly serial: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly radioId: string;
  readonly keyReference: string;
  readonly pulseWeight: string;
  readonly digits: number;
  readonly decimals: number;
  readonly startTyped: string;
  readonly startPhoto: string | null;
  readonly sealsRemoved: readonly string[];
  readonly sealsPlaced: readonly string[];
  readonly telegramAt: number | null;
  readonly telegramSkipped: string | null;
  readonly readerSign: string;
  readonly residentSign: string;
  readonly absent: string | null;
  readonly orderId: number | null;
};

/** The row of the round whose meter is taken off. */
export type ExchangeStop = Dial & {
  readonly roundId: number;
  readonly meterId: number;
  readonly pointId: number;
  readonly resource: Resource;
};

export const newDraft = (stop: ExchangeStop, orderId: number | null): ExchangeDraft => ({
  ...{ v: 1, step: isLive(stop) ? 'safety' : 'old', checklist: [], oldSeen: false, endAt: null },
  ...{ endTyped: '', endPhoto: null, unreadable: null, confirmed: false, reason: null },
  ...{ serial: '', manufacturer: '', model: '', radioId: '', keyReference: '', pulseWeight: '' },
  ...{ digits: stop.digits, decimals: stop.decimals, startTyped: '', startPhoto: null },
  ...{ sealsRemoved: [], sealsPlaced: [], telegramAt: null, telegramSkipped: null },
  ...{ readerSign: '', residentSign: '', absent: null, orderId },
});

const isLive = ({ resource }: ExchangeStop): boolean => isLiveWork('exchange', resource);

/** The steps of this exchange in order: water needs no checklist, a silent meter no telegram. */
export const stepsOf = (stop: ExchangeStop, draft: ExchangeDraft): ExchangeStep[] =>
  EXCHANGE_STEPS.filter((step) =>
    step === 'safety' ? isLive(stop) : step === 'radio' ? draft.radioId !== '' : true,
  );

export const startDial = (stop: ExchangeStop, { digits, decimals }: ExchangeDraft): Dial => ({
  register: stop.register,
  digits,
  decimals,
});

const SERIAL = /^[0-9A-Za-z/.-]{2,32}$/;
const EMPTY_OR = (pattern: RegExp, text: string): boolean => text === '' || pattern.test(text);

/** True when the step holds what the next one builds on. */
export function isComplete(step: ExchangeStep, stop: ExchangeStop, d: ExchangeDraft): boolean {
  switch (step) {
    case 'safety':
      return isChecklistComplete(d.checklist);
    case 'old':
      return d.oldSeen;
    case 'end':
      return (
        (d.unreadable !== null || d.endTyped.length >= stop.digits) &&
        (d.endPhoto !== null || d.unreadable === 'meter-gone')
      );
    case 'reason':
      return d.reason !== null;
    case 'new':
      return (
        SERIAL.test(d.serial) &&
        EMPTY_OR(/^[A-Z]{3}$/, d.manufacturer) &&
        EMPTY_OR(/^[0-9A-F]{8}$/, d.radioId) &&
        EMPTY_OR(/^\d{1,6}([.,]\d{1,6})?$/, d.pulseWeight)
      );
    case 'start':
      return d.startTyped.length >= d.digits && d.startPhoto !== null;
    case 'seals':
      return d.sealsPlaced.length > 0;
    case 'radio':
      return d.telegramAt !== null || d.telegramSkipped !== null;
    case 'sign':
      return d.readerSign !== '' && (d.residentSign !== '' || d.absent !== null);
    case 'sum':
      return stepsOf(stop, d).every((one) => one === 'sum' || isComplete(one, stop, d));
  }
}

/** The first step that is not complete: where a phone that came back goes on. */
export const openStep = (stop: ExchangeStop, draft: ExchangeDraft): ExchangeStep =>
  stepsOf(stop, draft).find((step) => !isComplete(step, stop, draft)) ?? 'sum';

export function typeDigit(dial: Dial, typed: string, digit: string): string {
  return typed.length < dialCells(dial) ? typed + digit : typed;
}

/** Integer in the register's scale; null while digits are missing or nobody could read it. */
export const endValue = (stop: ExchangeStop, d: ExchangeDraft): bigint | null =>
  d.unreadable === null && d.endTyped.length >= stop.digits
    ? valueOfDigits(stop, d.endTyped)
    : null;

export const startValue = (stop: ExchangeStop, d: ExchangeDraft): bigint | null =>
  d.startTyped.length >= d.digits ? valueOfDigits(startDial(stop, d), d.startTyped) : null;

/** `flags`: what the phone found odd about the old value. `now` stands in for a missing instant. */
export function exchangeBody(
  stop: ExchangeStop,
  d: ExchangeDraft,
  { flags, now }: { readonly flags: readonly string[]; readonly now: number },
): MeterExchanged {
  const { register } = stop;
  const [end, start] = [endValue(stop, d), startValue(stop, d)];
  const values = (value: bigint | null) =>
    value === null ? [] : [{ register, value: registerText(register, value) }];
  const orNull = (text: string): string | null => text.trim() || null;
  return {
    roundId: stop.roundId,
    meterId: stop.meterId,
    pointId: stop.pointId,
    at: d.endAt ?? now,
    reason: d.reason ?? 'other',
    old: { registers: values(end), photo: d.endPhoto, unreadable: d.unreadable },
    new: {
      serial: d.serial,
      manufacturer: orNull(d.manufacturer),
      model: orNull(d.model),
      protocol: d.radioId ? 'wmbus' : d.pulseWeight ? 'pulse' : 'none',
      radioId: orNull(d.radioId),
      keyReference: orNull(d.keyReference),
      digits: d.digits,
      decimals: d.decimals,
      pulseWeight: orNull(d.pulseWeight),
      registers: values(start),
      photo: d.startPhoto,
    },
    sealsRemoved: [...d.sealsRemoved],
    sealsPlaced: [...d.sealsPlaced],
    firstTelegram: { at: d.telegramAt, skipped: d.telegramAt ? null : d.telegramSkipped },
    signatures: {
      reader: orNull(d.readerSign),
      resident: orNull(d.residentSign),
      absent: d.residentSign ? null : d.absent,
    },
    checklist: [...d.checklist],
    orderId: d.orderId,
    flags: [...flags],
    confirmed: d.confirmed || flags.length === 0,
    photos: [d.endPhoto, d.startPhoto].filter((photo) => photo !== null),
  };
}
