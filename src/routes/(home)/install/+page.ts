// The wizard works on what lies on the phone; there is nothing to render ahead.
export const ssr = false;
