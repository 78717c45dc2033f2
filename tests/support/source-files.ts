/**
 * The repository's own files, read once for tests that judge text.
 *
 * It knows which folders are generated or foreign; it knows no rule. Only tests call it.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** `path` is relative to the root, with forward slashes. */
export type SourceFile = { readonly path: string; readonly text: string };

const FOREIGN = new Set([
  ...['node_modules', '.git', '.svelte-kit', '.data', 'build', 'generated', 'paraglide'],
  ...['test-results', 'playwright-report', '.cache', '.vitest-attachments', '__screenshots__'],
]);

/** Every file whose name ends with one of the endings, in stable order. */
export function sourceFiles(endings: readonly string[], folder = ''): SourceFile[] {
  const entries = readdirSync(`${ROOT}${folder}`, { withFileTypes: true });
  return entries
    .filter((entry) => !FOREIGN.has(entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}${entry.name}`;
      if (entry.isDirectory()) return sourceFiles(endings, `${path}/`);
      if (!endings.some((ending) => entry.name.endsWith(ending))) return [];
      return [{ path, text: readFileSync(`${ROOT}${path}`, 'utf8') }];
    });
}
