/**
 * The reader's language. Knows the tag that Intl wants and how to change the language for good;
 * knows no words and no formats. Anyone above lib/domain may call it.
 */
import { getLocale, locales, setLocale, type Locale } from './paraglide/runtime.js';

const TAG: Readonly<Record<Locale, string>> = { ru: 'ru-RU', en: 'en-GB', de: 'de-DE' };

/** Each language under its own name, for people who cannot read the present one. */
export const LANGUAGE_NAMES: Readonly<Record<Locale, string>> = {
  ru: 'Русский',
  en: 'English',
  de: 'Deutsch',
};

/** BCP 47 tag of the present language. */
export const languageTag = (): string => TAG[getLocale()];

export const languages: readonly Locale[] = locales;
export const language = (): Locale => getLocale();

/** Keeps the choice in the cookie and opens the page again in that language. */
export function chooseLanguage(locale: Locale): void {
  void setLocale(locale);
}
