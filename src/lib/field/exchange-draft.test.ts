import { expect, test } from 'vitest';
import { z } from 'zod/mini';
import { ZMeterExchanged } from '#lib/contract/exchange.ts';
import { LIVE_CHECKLIST } from '#lib/domain/order.ts';
import {
  exchangeBody,
  isComplete,
  newDraft,
  openStep,
  stepsOf,
  typeDigit,
  type ExchangeDraft,
} from './exchange-draft.ts';

const WATER = {
  ...{ roundId: 1, meterId: 2, pointId: 3, register: 10, digits: 5, decimals: 3 },
  resource: 'cold-water' as const,
};
const FULL: ExchangeDraft = {
  ...newDraft(WATER, 7),
  ...{ oldSeen: true, endAt: 1000, endTyped: '01204317', endPhoto: 'a'.repeat(64) },
  ...{ reason: 'broken', serial: '77001', radioId: '0BADF00D', manufacturer: 'KLT' },
  ...{ startTyped: '00000', startPhoto: 'b'.repeat(64), sealsPlaced: ['S1'] },
  ...{ telegramSkipped: 'not-yet-sending', readerSign: 'M1 1L2 2', absent: 'nobody-home' },
};

test('a full draft becomes an event that the server can read', () => {
  const body = exchangeBody(WATER, FULL, { flags: [], now: 5 });
  expect(z.safeParse(ZMeterExchanged, body).success).toBe(true);
  expect(body).toMatchObject({
    at: 1000,
    old: { registers: [{ register: 10, value: '1204.317' }] },
    new: { protocol: 'wmbus', registers: [{ register: 10, value: '0.000' }] },
    orderId: 7,
    confirmed: true,
  });
  const odd = exchangeBody(WATER, FULL, { flags: ['lower'], now: 5 });
  expect([odd.confirmed, odd.flags]).toEqual([false, ['lower']]);
});

test('nought is typed, never assumed; each missing piece is found again after a restart', () => {
  expect(isComplete('start', WATER, { ...FULL, startTyped: '' })).toBe(false);
  const without = (part: Partial<ExchangeDraft>) => openStep(WATER, { ...FULL, ...part });
  expect(without({})).toBe('sum');
  expect(without({ oldSeen: false })).toBe('old');
  expect(without({ endPhoto: null })).toBe('end');
  expect(without({ reason: null })).toBe('reason');
  expect(without({ serial: '' })).toBe('new');
  expect(without({ startTyped: '0000' })).toBe('start');
  expect(without({ sealsPlaced: [] })).toBe('seals');
  expect(without({ telegramSkipped: null })).toBe('radio');
  expect(without({ readerSign: '' })).toBe('sign');
  expect(without({ absent: null })).toBe('sign');
});

test('an unreadable end is told as such and carries no value', () => {
  const blind = { ...FULL, endTyped: '', unreadable: 'display-dead' };
  expect(openStep(WATER, blind)).toBe('sum');
  const body = exchangeBody(WATER, blind, { flags: [], now: 5 });
  expect(body.old).toMatchObject({ registers: [], unreadable: 'display-dead' });
  expect(z.safeParse(ZMeterExchanged, body).success).toBe(true);
});

test('only live work begins with the checklist, only a radio waits for a telegram', () => {
  const power = { ...WATER, register: 1, resource: 'electricity' as const };
  expect(newDraft(power, null).step).toBe('safety');
  expect(openStep(power, { ...FULL, checklist: LIVE_CHECKLIST.slice(1) })).toBe('safety');
  expect(openStep(power, { ...FULL, checklist: LIVE_CHECKLIST })).toBe('sum');
  expect(stepsOf(WATER, FULL)).not.toContain('safety');
  expect(stepsOf(WATER, { ...FULL, radioId: '' })).not.toContain('radio');
  expect(typeDigit(WATER, '01204317', '9')).toBe('01204317');
});
