/**
 * How messages become code: the options of the Paraglide compiler, and the command that compiles.
 *
 * It knows where messages lie and how a visitor's language is chosen; vite.config.ts and the
 * generator in packages.mjs use it, so that both write the same runtime (cookie and strategy).
 */
import { pathToFileURL } from 'node:url';

/**
 * First the cookie of the language menu, then the browser's wish, then Russian.
 * @type {import('@inlang/paraglide-js').CompilerOptions}
 */
export const MESSAGES = {
  project: './src/lib/i18n/project.inlang',
  outdir: './src/lib/i18n/paraglide',
  strategy: ['cookie', 'preferredLanguage', 'baseLocale'],
  cookieName: 'kilter-locale',
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { compile } = await import('@inlang/paraglide-js');
  await compile(MESSAGES);
}
