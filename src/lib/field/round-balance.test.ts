import { expect, test } from 'vitest';
import { DAY_MS } from '#lib/base/interval.ts';
import type { MeterView } from '#lib/offline/types.ts';
import { createBalancer } from './round-balance.ts';

const roundBalances = (meters: readonly MeterView[]) => createBalancer()(meters);
const NOW = Date.UTC(2026, 10, 26, 9);
const MONTH = 30 * DAY_MS;
const HOUSE_POINT = 500;

/** Six visits 30 days apart, `perDay` litres between them; the newest 30 days ago. */
const historyOf = (perDay: number): [number, string][] =>
  [1, 2, 3, 4, 5, 6].map((n) => [NOW - n * MONTH, String(9_000_000 - n * 30 * perDay)]);

const capture = (text: string, at = NOW) => ({
  ...{ eventId: 'e', at, value: text, reason: null, source: 'typed' },
});

function meter(id: number, more: Partial<MeterView> = {}): MeterView {
  return {
    ...{ meterId: id, pointId: id, sequence: id, resource: 'cold-water', serial: `${id}` },
    ...{ manufacturer: null, radioId: null, protocol: 'none', flat: `${id}`, entrance: '1' },
    ...{ floor: 1, address: 'A', hint: null, register: 10, digits: 5, decimals: 3, roundId: 1 },
    ...{ history: historyOf(200), usualPerDay: null, state: 'ahead', hasKey: false },
    ...{ capture: null, parentPointId: HOUSE_POINT, feeds: null },
    ...more,
  };
}
const read = (id: number, perDay = 200): MeterView =>
  meter(id, {
    state: 'read',
    capture: capture(((9_000_000 + 30 * (perDay - 200)) / 1000).toFixed(3)),
  });
const house = (more: Partial<MeterView> = {}): MeterView =>
  meter(99, {
    ...{ pointId: HOUSE_POINT, parentPointId: null, feeds: 12, flat: null, digits: 6 },
    ...{ history: historyOf(12 * 200 + 600), ...more },
  });

const flats = (n: number): MeterView[] => Array.from({ length: n }, (_, i) => read(i + 1));
/** The house counted 600 l a day that nobody explains. */
const houseRead = house({ state: 'read', capture: capture('9000.000') });

test('each answer narrows what the house does not explain; who is silent is named', () => {
  const early = roundBalances([houseRead, ...flats(10), meter(11), meter(12)])[0]!;
  expect(early.unread.map(({ flat }) => flat)).toEqual(['11', '12']);
  expect(early).toMatchObject({ answered: 10, elsewhere: 0, lookAt: [] });
  const late = roundBalances([houseRead, ...flats(12)])[0]!;
  const [a, b] = [early.balance, late.balance];
  if (a.kind !== 'known' || b.kind !== 'known') throw new Error('a figure is known');
  for (const { perDay, low, high } of [a, b]) {
    expect(perDay).toBeCloseTo(600, 3);
    expect(low).toBeLessThan(600);
    expect(high).toBeGreaterThan(600);
  }
  expect(b.high - b.low).toBeLessThan(a.high - a.low);
  expect([a.verdict, b.verdict]).toEqual(['early', 'short']);
});

test('a meter whose change is unusual comes back with its row', () => {
  const [one] = roundBalances([houseRead, read(1, 0), ...flats(12).slice(1)]);
  expect(one!.lookAt).toMatchObject([{ what: 'still', perDay: 0, meter: { meterId: 1 } }]);
});

test('what another phone read counts once the round was fetched again', () => {
  const told = meter(12, { state: 'read', history: [[NOW, '9000000'], ...historyOf(200)] });
  const [one] = roundBalances([houseRead, ...flats(11), told]);
  expect(one).toMatchObject({ answered: 12, unread: [], balance: { kind: 'known' } });
});

test('what could not be read, an exchanged meter and a point elsewhere stay estimates', () => {
  const cannot = meter(11, { state: 'cannot', capture: { ...capture(''), value: null } });
  const hung = meter(12, {
    ...{ state: 'read', history: [[NOW, '17']], capture: capture('0.017') },
    usualPerDay: ['180', '220'],
  });
  const [one] = roundBalances([house({ ...houseRead, feeds: 13 }), ...flats(10), cannot, hung]);
  expect(one!.unread.map(({ meterId }) => meterId)).toEqual([11]);
  expect(one!.elsewhere).toBe(1);
  if (one!.balance.kind !== 'known') throw new Error(one!.balance.kind);
  expect(one!.balance.perDay).toBeCloseTo(400, 3);
});

test('no common meter, no balance; an unread one says so; old packages have none', () => {
  expect(roundBalances(flats(3))).toEqual([]);
  expect(roundBalances([house(), ...flats(12)])[0]!.balance.kind).toBe('common-unread');
  const { parentPointId: _p, feeds: _f, ...old } = meter(1);
  expect(roundBalances([old])).toEqual([]);
});

test('a reading in one house leaves the balance of the other as it is', () => {
  const there = (id: number): MeterView => ({ ...read(id), parentPointId: 700 });
  const other = [
    { ...houseRead, meterId: 199, pointId: 700 },
    ...Array.from({ length: 12 }, (_, i) => there(201 + i)),
  ];
  const balance = createBalancer();
  const first = balance([houseRead, ...flats(11), meter(12), ...other]);
  const here = [houseRead, ...flats(12)];
  const second = balance([...here, ...other]);
  expect(second[1]).toBe(first[1]);
  expect(second[0]!.answered).toBe(first[0]!.answered + 1);
  expect(balance([...here, ...other])[0]).toBe(second[0]);
});
