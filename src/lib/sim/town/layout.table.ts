/** Houses of the demo town: address, entrances, floors and flats a floor, and what is supplied. */
import type { Resource } from '#lib/domain/resource.ts';

export type TownHouse = {
  readonly address: string;
  readonly street: string;
  readonly number: string;
  readonly entrances: number;
  readonly floors: number;
  readonly flatsPerFloor: number;
  /** Gas stoves in the flats; otherwise electric ones. */
  readonly gas: boolean;
  /** Degrees of latitude and longitude, as a register holds them. */
  readonly at: readonly [string, string];
};

export const TOWN_HOUSES = [
  {
    address: 'Лесная, 14',
    street: 'Лесная',
    number: '14',
    at: ['55.818240', '48.952310'],
    entrances: 3,
    floors: 5,
    flatsPerFloor: 4,
    gas: true,
  },
  {
    address: 'Лесная, 16',
    street: 'Лесная',
    number: '16',
    at: ['55.818690', '48.953420'],
    entrances: 2,
    floors: 5,
    flatsPerFloor: 4,
    gas: false,
  },
  {
    address: 'Речная, 3',
    street: 'Речная',
    number: '3',
    at: ['55.816930', '48.955180'],
    entrances: 1,
    floors: 5,
    flatsPerFloor: 4,
    gas: true,
  },
] as const satisfies readonly TownHouse[];

export const HAMLET = 'Выселки';
export const HAMLET_COTTAGES = 20;
/** Two rows of cottages along one lane, about thirty metres apart; latitude and longitude. */
export const cottageAt = (number: number): readonly [string, string] => [
  (55.8241 + 0.00035 * (number % 2)).toFixed(6),
  (48.9584 + 0.00024 * number).toFixed(6),
];

export const COTTAGE_RESOURCES: readonly Resource[] = ['electricity', 'gas', 'cold-water'];
export const flatResources = (gas: boolean): readonly Resource[] =>
  gas
    ? ['electricity', 'cold-water', 'hot-water', 'gas', 'heat']
    : ['electricity', 'cold-water', 'hot-water', 'heat'];

/** Invented makers and models; FLAG letters that are free in the public list. */
export const TOWN_MODELS: Readonly<
  Record<Resource, { manufacturer: string; model: string; deviceType: number; version: number }>
> = {
  electricity: { manufacturer: 'TKA', model: 'Ток-1Ф', deviceType: 0x02, version: 0x11 },
  'cold-water': { manufacturer: 'KPL', model: 'Капля-15Х', deviceType: 0x07, version: 0x21 },
  'hot-water': { manufacturer: 'KPL', model: 'Капля-15Г', deviceType: 0x06, version: 0x22 },
  gas: { manufacturer: 'PLM', model: 'Пламя G4', deviceType: 0x03, version: 0x31 },
  heat: { manufacturer: 'TPL', model: 'Теплота-К', deviceType: 0x04, version: 0x41 },
};
