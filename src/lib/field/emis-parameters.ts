/**
 * Names of a concentrator's parameters by group, for screens that let a person tick them before
 * anything is read. The lists of meters have a screen of their own. Knows the concentrator's table;
 * lib/state asks it.
 */
import { EMIS_PARAMETERS, EMIS_PROFILES } from '#lib/meters/drivers/emis951.table.ts';

export type ParameterGroupRow = { readonly group: string; readonly names: readonly string[] };

const rows = EMIS_PARAMETERS.filter(({ group }) => group !== 'network');

export const PARAMETER_GROUPS: readonly ParameterGroupRow[] = [
  ...new Set(rows.map(({ group }) => group)),
].map((group) => ({
  group,
  names: rows.filter((row) => row.group === group).map(({ name }) => name),
}));

/** Profiles that a concentrator keeps of every meter, with the most rows of each (E-57). */
export const METER_PROFILES: readonly { readonly name: string; readonly capacity: number }[] =
  EMIS_PROFILES.map(({ profile, capacity }) => ({ name: profile, capacity }));
