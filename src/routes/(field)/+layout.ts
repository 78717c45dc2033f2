// Everything here lives on the phone: the server has nothing to draw.
export const ssr = false;
export const prerender = false;
