import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { ROOT } from '../support/source-files.ts';

const PURE = ['base', 'domain', 'meters', 'vee', 'tariffs', 'analytics', 'contract', 'sim'];
const PLANTED = join(ROOT, 'src/lib/base/planted.ts');

const config = ts.parseJsonConfigFileContent(
  ts.readConfigFile(join(ROOT, 'tsconfig.core.json'), ts.sys.readFile).config,
  ts.sys,
  ROOT,
);

/** Compiles one planted file of the base layer, in memory, with the real options of the core. */
function complaintsAbout(text: string): string[] {
  const host = ts.createCompilerHost(config.options);
  const { fileExists, getSourceFile } = host;
  host.fileExists = (path) => path === PLANTED || fileExists(path);
  host.getSourceFile = (path, options, ...rest) =>
    path === PLANTED
      ? ts.createSourceFile(path, text, options, true)
      : getSourceFile(path, options, ...rest);
  const program = ts.createProgram([PLANTED], config.options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map((found) => ts.flattenDiagnosticMessageText(found.messageText, '\n'));
}

test.each([
  ['window', 'export const width = () => window.innerWidth;'],
  ['document', 'export const title = () => document.title;'],
  ['console', "export const say = () => console.log('x');"],
  ['process', "export const home = () => process.env['HOME'];"],
  ['Buffer', 'export const bytes = () => Buffer.alloc(1);'],
  ['setTimeout', 'export const later = () => setTimeout(() => {}, 1);'],
  ['TextDecoder', 'export const text = () => new TextDecoder();'],
  ['crypto', 'export const id = () => crypto.randomUUID();'],
  ['node:fs', "import { readFileSync } from 'node:fs';\nexport const read = readFileSync;"],
])('%s is unknown to the pure layers', (name, text) => {
  const complaints = complaintsAbout(text);
  expect(complaints).toHaveLength(1);
  expect(complaints[0]).toContain(`'${name}'`);
});

test('ordinary code of a pure layer compiles, so the fence is not simply shut', () => {
  expect(complaintsAbout('export const twice = (n: number): number => 2 * n;')).toEqual([]);
});

test('the core configuration covers every pure layer', () => {
  const includes = config.raw.include as string[];
  expect(includes).toEqual(expect.arrayContaining(PURE.map((layer) => `src/lib/${layer}/**/*.ts`)));
});
