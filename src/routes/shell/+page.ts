// One empty page, built ahead, that the service worker answers with for every address when the
// network is away; the client router then opens the address itself.
export const prerender = true;
export const ssr = false;
