/**
 * Who may do what at a concentrator (E-41): three roles of the device, nine functions, and which of
 * our roles may act as which. Only a table; the screens and the console ask it. Reading is for
 * everybody, what cannot be taken back is for administrators.
 */
import type { Role } from './role.ts';

/** Source: E-41. Least first. */
export const CONSOLE_ROLES = ['reader', 'configurator', 'administrator'] as const;
export type ConsoleRole = (typeof CONSOLE_ROLES)[number];

/** Source: E-41. */
export const CONSOLE_FUNCTIONS = [
  'manage_users',
  'manage_roles',
  'read_parameters',
  'export_table',
  'import_clock',
  'write_data',
  'export_set',
  'clear_data',
  'update_firmware',
] as const;
export type ConsoleFunction = (typeof CONSOLE_FUNCTIONS)[number];

/** Source: E-41. */
const READING: readonly ConsoleFunction[] = ['read_parameters', 'export_table'];
/** Source: E-41. */
const WRITING: readonly ConsoleFunction[] = [
  ...READING,
  'import_clock',
  'write_data',
  'export_set',
];

/** Source: E-41; only the first two rows of the matrix are certain, the rest is ours. */
export const CONSOLE_RIGHTS: Readonly<Record<ConsoleRole, readonly ConsoleFunction[]>> = {
  reader: READING,
  configurator: WRITING,
  administrator: CONSOLE_FUNCTIONS,
};

/**
 * Source: E-41. The highest role of the device that a person of ours may take; residents have no
 * business here.
 */
const HIGHEST: Readonly<Partial<Record<Role, ConsoleRole>>> = {
  reader: 'reader',
  analyst: 'reader',
  operator: 'configurator',
  admin: 'administrator',
};

export const mayAtConsole = (role: ConsoleRole, what: ConsoleFunction): boolean =>
  CONSOLE_RIGHTS[role].includes(what);

/** Roles that a person may take, least first; empty for those who may not use the console. */
export function consoleRolesOf(roles: readonly Role[]): readonly ConsoleRole[] {
  const ranks = roles.map((role) => CONSOLE_ROLES.indexOf(HIGHEST[role] ?? ('' as ConsoleRole)));
  return CONSOLE_ROLES.slice(0, Math.max(-1, ...ranks) + 1);
}
