import { redirect } from '@sveltejs/kit';
import { createApi } from '#lib/api/client.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch }) => {
  const me = await createApi(fetch).account.getMe.query();
  if (!me) redirect(303, '/sign-in?next=/account');
  if (me.needsCode) redirect(303, '/sign-in/code');
  return { me };
};
