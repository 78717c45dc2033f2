/** What a reader tells beside the reason why a meter could not be read. */
import type { AccessFailed } from '#lib/contract/fieldsync.ts';

export type Visit = Required<Pick<AccessFailed, 'photos' | 'cardLeft' | 'nextVisitOn'>>;

export const NO_VISIT: Visit = { photos: [], cardLeft: false, nextVisitOn: null };
