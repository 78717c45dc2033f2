/** Published tariffs of the demo organisations: data in the shape of lib/tariffs, no code. */
export const DEMO_TARIFFS = [
  electricity(['5.62', '7.20', '9.48'], ['2025-07-01', '2026-07-01']),
  electricity(['6.15', '7.90', '10.40'], ['2026-07-01', null]),
  ...simple({
    resource: 'cold-water',
    name: 'Холодная вода и отвод',
    unit: 'm3',
    prices: ['83.60', '92.41'],
  }),
  ...simple({
    resource: 'hot-water',
    name: 'Горячая вода',
    unit: 'm3',
    prices: ['258.30', '284.05'],
  }),
  ...simple({ resource: 'gas', name: 'Природный газ', unit: 'm3', prices: ['7.86', '8.63'] }),
  ...simple({
    resource: 'heat',
    name: 'Тепловая энергия',
    unit: 'Gcal',
    prices: ['2562.40', '2824.77'],
    standing: '38.00',
  }),
];

/** Three price blocks a month: up to 110 kWh, up to 250 kWh, and everything above. */
function electricity(
  [first, second, rest]: readonly [string, string, string],
  [validFrom, validTo]: readonly [string, string | null],
) {
  const blocks = [
    { upTo: '110', price: first },
    { upTo: '250', price: second },
    { upTo: null, price: rest },
  ];
  const body = { v: 1, unit: 'kWh', zones: [{ zone: 1, blocks }], week: [], standing: [] };
  return {
    resource: 'electricity',
    name: 'Электроэнергия, население',
    validFrom,
    validTo,
    body,
  };
}

function simple(of: {
  resource: string;
  name: string;
  unit: string;
  prices: readonly [string, string];
  standing?: string;
}) {
  const { resource, name, unit, prices, standing } = of;
  const body = (price: string) => ({
    v: 1,
    unit,
    zones: [{ zone: 1, blocks: [{ upTo: null, price }] }],
    week: [],
    standing: standing ? [{ code: 'meter-service', amount: standing, per: 'month' }] : [],
  });
  return [
    { resource, name, validFrom: '2025-07-01', validTo: '2026-07-01', body: body(prices[0]) },
    { resource, name, validFrom: '2026-07-01', validTo: null, body: body(prices[1]) },
  ];
}

export const NORDWERK_TARIFFS = [
  {
    resource: 'electricity',
    name: 'Nordwerk Strom',
    validFrom: '2025-01-01',
    validTo: null,
    body: {
      v: 1,
      unit: 'kWh',
      zones: [{ zone: 1, blocks: [{ upTo: null, price: '0.3240' }] }],
      week: [],
      standing: [{ code: 'base', amount: '11.90', per: 'month' }],
    },
  },
];
