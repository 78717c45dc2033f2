import { expect, test } from 'vitest';
import { z } from 'zod/mini';
import { ZMeterUnknown } from '#lib/contract/unknown-meter.ts';
import {
  foundBody,
  isFoundComplete,
  newFound,
  openFoundStep,
  type FoundDraft,
} from './found-draft.ts';

const water = { resource: 'cold-water', register: 10, digits: 4, decimals: 2 } as const;
const power = { resource: 'electricity', register: 1, digits: 6, decimals: 1 } as const;
const full = (more: Partial<FoundDraft> = {}): FoundDraft =>
  newFound([water], { serial: '4711', place: 'cellar', typed: '012345', ...more });

test('a round of one resource answers the question by itself, with the dial of its meters', () => {
  expect(newFound([water, water], {})).toMatchObject({ resource: 'cold-water', digits: 4 });
  expect(newFound([water, power], {})).toMatchObject({ resource: null, digits: 5, decimals: 3 });
  expect(newFound([water, power], { resource: 'electricity' })).toMatchObject({ digits: 6 });
  expect(newFound([], {})).toMatchObject({ resource: null });
});

test('the event carries the value in the unit of the register', () => {
  expect(foundBody(full(), 7)).toMatchObject({ roundId: 7, value: '123.450', serial: '4711' });
  const kwh = full({ resource: 'electricity', digits: 6, decimals: 1, typed: '0012345' });
  // 1234.5 kWh; the catalogue counts watt-hours.
  expect(Number(foundBody(kwh, null)?.value)).toBe(1_234_500);
});

test('whatever the draft makes, the contract takes', () => {
  const drafts = [
    full(),
    full({ serial: '', photo: 'a'.repeat(64), typed: '' }),
    full({ radioId: '12345678', note: ' behind the door ', besideId: 5 }),
    full({ place: 'x'.repeat(900), note: 'y'.repeat(900) }),
  ];
  for (const draft of drafts) {
    const body = foundBody(draft, 1);
    expect(body).not.toBeNull();
    expect(z.safeParse(ZMeterUnknown, body).success).toBe(true);
  }
});

test('a number or a photograph must be there, a place and a resource too', () => {
  expect(foundBody(full({ serial: '', photo: null }), 1)).toBeNull();
  expect(foundBody(full({ place: '  ' }), 1)).toBeNull();
  expect(foundBody(newFound([water, power], { serial: '4711', place: 'a' }), 1)).toBeNull();
  expect(isFoundComplete('plate', full({ serial: 'no number!' }))).toBe(false);
  // Half a figure is no reading; none at all is allowed.
  expect(isFoundComplete('dial', full({ typed: '01' }))).toBe(false);
  expect(foundBody(full({ typed: '' }), 1)?.value).toBeNull();
});

test('a heard value is told with its telegram until a person types another', () => {
  const heard = { value: '12.345', raw: 'AAEC' };
  const draft = full({ typed: '', radioId: '48125519', heard });
  expect(openFoundStep(draft)).toBe('sum');
  expect(foundBody(draft, 1)).toMatchObject({ source: 'radio', ...heard, radioId: '48125519' });
  const typed = { ...draft, typed: '012345' };
  expect(foundBody(typed, 1)).toMatchObject({ source: 'typed', value: '123.450', raw: null });
  expect(openFoundStep(newFound([water, power], { serial: '48125519', heard }))).toBe('plate');
});
