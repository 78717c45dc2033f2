/** Words of the desk that follow a code, and how it writes figures. */
import type { Role } from '#lib/domain/role.ts';
import { registerType } from '#lib/domain/register-types.table.ts';
import type { Resource } from '#lib/domain/resource.ts';
import { formatDate, formatDateTime, formatNumber } from '#lib/i18n/format.ts';
import { m } from '#lib/i18n/paraglide/messages.js';

const ROUND: Readonly<Record<string, () => string>> = {
  planned: m.desk_st_planned,
  active: m.desk_st_active,
  done: m.desk_st_done,
  cancelled: m.desk_st_cancelled,
};
export const roundState = (status: string): string => ROUND[status]?.() ?? status;

const STOP: Readonly<Record<string, () => string>> = {
  ahead: m.desk_s_ahead,
  read: m.desk_s_read,
  doubt: m.desk_s_doubt,
  cannot: m.desk_s_cannot,
};
export const stopState = (state: string): string => STOP[state]?.() ?? state;

const ROLE: Readonly<Record<Role, () => string>> = {
  reader: m.desk_role_reader,
  resident: m.desk_role_resident,
  tenant: m.desk_role_tenant,
  operator: m.desk_role_operator,
  analyst: m.desk_role_analyst,
  admin: m.desk_role_admin,
};
export const roleName = (role: string): string => ROLE[role as Role]?.() ?? role;

/** The clock of the organisation is told once by the layout's answer; until then the browser's. */
export const localZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
export const shortWhen = (at: number, zone = localZone()): string =>
  formatDateTime(at, zone, 'short');
export const dayText = (date: string): string => formatDate(date, 'numeric');

/** Register integers as the dial shows them: `1 204,317`, all digits after the comma. */
export function dialText(value: bigint | number | string, register: number, decimals = 3): string {
  const type = registerType(register);
  const perDial = type?.unit === 'Wh' ? 3 : 0;
  const scale = (type?.scale ?? 0) - perDial;
  return formatNumber({ units: BigInt(value), scale }, { decimals });
}

export const dialUnit = (resource: Resource): string =>
  resource === 'electricity' || resource === 'heat' ? m.common_unit_kwh() : m.common_unit_m3();
