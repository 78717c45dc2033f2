/**
 * The address to go to after sign-in, or '/' when it would lead away from us. A link that anybody
 * can make must not send people to a stranger's page. Pure; client and server call it.
 */

/** Browsers read a second slash, a backslash, or either behind a dropped tab, as another host. */
const OWN = /^\/(?![/\\])[^\\\p{Cc}]*$/u;

/** `wanted` when it is a path of ours; '/' for everything else. */
export const ownPath = (wanted: string | null | undefined): string =>
  wanted && OWN.test(wanted) ? wanted : '/';
