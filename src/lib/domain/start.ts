/** Which screen a person's day starts on. Anyone may call it. */
import type { Role } from './role.ts';

const START: readonly (readonly [Role, string])[] = [
  ['operator', '/desk'],
  ['admin', '/desk'],
  ['analyst', '/desk'],
  ['reader', '/field'],
  ['resident', '/home'],
  ['tenant', '/install'],
];

/** The first match by weight of the role; people without one go to sign-in. */
export const startOf = (roles: readonly Role[]): string =>
  START.find(([role]) => roles.includes(role))?.[1] ?? '/sign-in';
