/** Remembers, on this phone, where its person starts, so that an offline start finds the way. */
const KEY = 'kilter-start';

export const startPath = (): string => localStorage.getItem(KEY) ?? '/sign-in';
export const rememberStart = (path: string): void => localStorage.setItem(KEY, path);
