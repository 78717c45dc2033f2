/**
 * How each resource looks: its colour tokens, the path of its sign, its point and its name. The
 * only place where a resource meets a colour; every part of the kit and every chart asks here.
 */
import type { Resource } from '#lib/domain/resource.ts';
import type { Source, Quality } from '#lib/domain/reading.ts';
import { m } from '#lib/i18n/paraglide/messages.js';

/** The word inside the token names: `--res-cold`, `--res-cold-ink`, `--res-cold-soft`. */
export const TOKEN: Readonly<Record<Resource, string>> = {
  electricity: 'electricity',
  'cold-water': 'cold',
  'hot-water': 'hot',
  gas: 'gas',
  heat: 'heat',
};

const DROP = 'M12 3c3.2 3.9 6 7.2 6 11a6 6 0 0 1-12 0c0-3.8 2.8-7.1 6-11z';
const RIB = (x: number): string =>
  `M${x + 2.2} 5.5h.1a2.2 2.2 0 0 1 2.2 2.2v8.6a2.2 2.2 0 0 1-2.2 2.2h-.1a2.2 2.2 0 0 1-2.2-2.2` +
  `v-8.6a2.2 2.2 0 0 1 2.2-2.2z`;

/** Our own signs on lucide's grid: bolt, drop, drop with an arrow up, flame, radiator. */
export const SIGN: Readonly<Record<Resource, string>> = {
  electricity: 'M13 2.5 4.5 13.5H11l-1 8 9-11.5h-6.5z',
  'cold-water': DROP,
  'hot-water': `${DROP}M12 17.5v-5.5M9.8 13.9 12 11.7l2.2 2.2`,
  gas:
    'M8.5 14.5A2.5 2.5 0 0 0 11 12c0-1.38-.5-2-1-3-1.072-2.143-.224-4.054 2-6 .5 2.5 2 4.9 4 6.5' +
    ' 2 1.6 3 3.5 3 5.5a7 7 0 1 1-14 0c0-1.153.433-2.294 1-3a2.5 2.5 0 0 0 2.5 2.5z',
  heat: `${RIB(3.5)}${RIB(9.75)}${RIB(16)}M8 9.5h1.75M14.25 9.5H16M8 14.5h1.75M14.25 14.5H16`,
};

const NAME: Readonly<Record<Resource, () => string>> = {
  electricity: m.common_resource_electricity,
  'cold-water': m.common_resource_cold_water,
  'hot-water': m.common_resource_hot_water,
  gas: m.common_resource_gas,
  heat: m.common_resource_heat,
};
export const resourceName = (resource: Resource): string => NAME[resource]();

const SOURCE: Readonly<Record<Source, () => string>> = {
  radio: m.common_source_radio,
  optical: m.common_source_optical,
  bluetooth: m.common_source_bluetooth,
  photo: m.common_source_photo,
  typed: m.common_source_typed,
  resident: m.common_source_resident,
  import: m.common_source_import,
  concentrator: m.common_source_concentrator,
  'self-install': m.common_source_self_install,
  exchange: m.common_source_exchange,
  stored: m.common_source_stored,
};
export const sourceName = (source: Source): string => SOURCE[source]();

const QUALITY: Readonly<Record<Quality, () => string>> = {
  measured: m.common_quality_measured,
  estimated: m.common_quality_estimated,
  edited: m.common_quality_edited,
  missing: m.common_quality_missing,
  suspect: m.common_quality_suspect,
};
export const qualityName = (quality: Quality): string => QUALITY[quality]();
