/**
 * The three themes of the screen. The choice lives in local storage under the key that
 * src/app.html reads before the first paint; without a choice the device decides.
 */
export const THEMES = ['light', 'dark', 'sunlight'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'kilter-theme';

/** The person's own choice; null = as the device does. */
export function chosenTheme(): Theme | null {
  const saved = localStorage.getItem(KEY);
  return THEMES.find((theme) => theme === saved) ?? null;
}

/** Sets the theme at once and for next time; null gives it back to the device. */
export function chooseTheme(theme: Theme | null): void {
  if (theme) localStorage.setItem(KEY, theme);
  else localStorage.removeItem(KEY);
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.dataset['theme'] = theme ?? (dark ? 'dark' : 'light');
}
