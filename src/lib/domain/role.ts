/** Roles a person may hold in an organisation (product.md 5.3). Anyone may call it. */
export const ROLES = ['reader', 'resident', 'tenant', 'operator', 'analyst', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Roles that sit at a desk and see other people's meters; they need a second factor. */
export const STAFF_ROLES: readonly Role[] = ['operator', 'analyst', 'admin'];
export const PLACE_KINDS = [
  'region',
  'city',
  'district',
  'street',
  'house',
  'entrance',
  'flat',
] as const;
export type PlaceKind = (typeof PLACE_KINDS)[number];
