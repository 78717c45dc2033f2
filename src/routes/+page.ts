import { redirect } from '@sveltejs/kit';
import { startPath } from '#lib/api/start-path.ts';
import type { PageLoad } from './$types';

// With a network the server has already sent the person on (hooks.server.ts); this runs offline.
export const ssr = false;

export const load: PageLoad = () => redirect(303, startPath());
