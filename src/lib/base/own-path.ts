/**
 * The address to go to after sign-in, or '/' when it would lead away from us. A link that anybody
 * can make must not send people to a stranger's page. Pure; client and server call it.
 */
const BASE = 'https://own.invalid';

/** Path, query and fragment of `wanted` when it is a path of ours; '/' for everything else. */
export function ownPath(wanted: string | null | undefined): string {
  if (!wanted?.startsWith('/')) return '/';
  // The browser's own reading decides: it takes `//host`, `/\\host` and tabs in between for hosts.
  const url = URL.canParse(wanted, BASE) ? new URL(wanted, BASE) : null;
  return url?.origin === BASE ? url.pathname + url.search + url.hash : '/';
}
