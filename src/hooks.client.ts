/**
 * What the browser sets up before the first page: its language, once. Every word asks for it, and
 * a cookie read four hundred times a page is felt on a cheap phone. Another language is another
 * page load (LanguageSwitch.svelte).
 */
import { getLocale, overwriteGetLocale } from '#lib/i18n/paraglide/runtime.js';

const locale = getLocale();
overwriteGetLocale(() => locale);
