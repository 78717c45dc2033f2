import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { messageProblems } from './support/messages.ts';
import { ROOT, sourceFiles, type SourceFile } from './support/source-files.ts';
import * as tidy from './support/tidy.ts';

const code = sourceFiles(['.ts', '.svelte', '.mjs', '.cjs', '.js']);
// Paraglide writes one of its own into its project folder.
const documents = sourceFiles(['.md']).filter(({ path }) => !path.includes('.inlang/'));
const messages = sourceFiles(['.json'], 'src/lib/i18n/messages/');
const everything = [...code, ...documents, ...messages];
const ownWords = code.filter(({ path }) => !/^tests\/(tidy|support\/tidy)/.test(path));

describe('the repository is tidy', () => {
  test('lines fit 100 columns', () => expect(tidy.longLines(code)).toEqual([]));
  test('files fit their cap', () => expect(tidy.longFiles(code)).toEqual([]));
  test('nothing is left unfinished', () => expect(tidy.unfinished(ownWords)).toEqual([]));
  test('documents have one title', () => expect(tidy.titles(documents)).toEqual([]));
  test('pictures exist', () => {
    const has = (path: string) => existsSync(`${ROOT}${path}`);
    expect(tidy.lostPictures(documents, has)).toEqual([]);
  });
  test('names follow the glossary', () => expect(tidy.synonyms(code)).toEqual([]));
  test('no message accuses a person', () => expect(tidy.insults(messages)).toEqual([]));
  test('tables cite their clause', () => expect(tidy.clauses(code)).toEqual([]));
  test('imports carry extensions', () => expect(tidy.bareImports(ownWords)).toEqual([]));
  test('no file is dead', () => expect(tidy.deadFiles(code)).toEqual([]));
  test('no path of a machine', () => expect(tidy.machinePaths(everything)).toEqual([]));
  test('three languages say the same', () => expect(messageProblems(messages)).toEqual([]));
});

const file = (path: string, text: string): SourceFile => ({ path, text });

describe('each rule catches a planted mistake', () => {
  const wide = 'x'.repeat(101);
  const cases: [string, string[], RegExp][] = [
    ['long line', tidy.longLines([file('a.ts', wide)]), /a\.ts:1 has 101/],
    ['long file', tidy.longFiles([file('a.ts', 'x\n'.repeat(401))]), /cap is 400/],
    ['long page', tidy.longFiles([file('+page.svelte', 'x\n'.repeat(251))]), /cap is 250/],
    ['unfinished', tidy.unfinished([file('a.ts', '// FIXME later')]), /says FIXME/],
    ['two titles', tidy.titles([file('a.md', '# A\n\n# B\n')]), /2 titles/],
    ['picture', tidy.lostPictures([file('a/b.md', '![P](../c.png)')], () => false), /\.\.\/c\.png/],
    ['late title', tidy.titles([file('a.md', 'text\n# A\n')]), /must begin/],
    ['synonym', tidy.synonyms([file('a.ts', 'const usagePoint = 1;')]), /write meteringPoint/],
    ['insult', tidy.insults([file('ru.json', '{"a":"Вор найден"}')]), /предполагаемые потери/],
    ['table', tidy.clauses([file('a.table.ts', 'const t = [1, 2, 3];')]), /`t` cites no clause/],
    ['import', tidy.bareImports([file('a.ts', "import { x } from './b';")]), /extension/],
    [
      'dead',
      tidy.deadFiles([file('server/a.ts', ''), file('server/a.test.ts', "from './a.ts'")]),
      /server\/a\.ts is imported by nothing/,
    ],
    ['path', tidy.machinePaths([file('a.md', ['', 'work', 'main'].join('/'))]), /relative/],
  ];
  test.each(cases)('%s', (_name, complaints, expected) => {
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toMatch(expected);
  });

  test('missing key, other placeholder, wrong prefix', () => {
    const area = (locale: string, text: string) => file(`messages/${locale}/home.json`, text);
    const problems = messageProblems([
      area('ru', '{"home_a":"{n} шт.","home_b":"Б"}'),
      area('en', '{"home_a":"{count} pcs","home_b":"B"}'),
      area('de', '{"home_a":"{n} Stk.","other":"x"}'),
    ]);
    expect(problems).toHaveLength(4);
  });

  test('words inside strings and comments are not identifiers', () => {
    const harmless = "/* thief */ const a = 'fraud'; // packet";
    expect(tidy.synonyms([file('a.ts', harmless)])).toEqual([]);
  });
});
