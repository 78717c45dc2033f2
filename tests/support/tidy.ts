/**
 * The rules of the house that a compiler cannot see, as functions from files to complaints.
 *
 * Each complaint names the file, the line and what to write instead. It knows text, not meaning;
 * tests/tidy.test.ts applies it to the repository and to planted mistakes.
 */
import { posix } from 'node:path';
import ts from 'typescript';
import type { SourceFile } from './source-files.ts';

type Rule = (files: readonly SourceFile[]) => string[];

const MAX_COLUMNS = 100;
const isTest = (path: string) => /\.(test|spec|bench)\.ts$|^tests\//.test(path);
const isTable = (path: string) => /\.table\.ts$/.test(path);

/** Lines of at most 100 columns; tables of a standard and addresses are let through. */
export const longLines: Rule = (files) =>
  files
    .filter(({ path }) => !isTable(path))
    .flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, index) => {
        const columns = [...line].length;
        if (columns <= MAX_COLUMNS || /https?:\/\//.test(line)) return [];
        return [`${path}:${index + 1} has ${columns} columns; break it at ${MAX_COLUMNS}`];
      }),
    );

/** Caps in lines; the first pattern that matches decides. */
const CAPS: readonly (readonly [RegExp, number])[] = [
  [/\.table\.ts$|\/drivers\//, Infinity],
  [/\+(page|layout)\.svelte$/, 250],
  [/\.svelte$/, 300],
  [/^server\/api\/[^/]+\/[^/]+(?<!\.test)\.ts$/, 100],
  [/\.(test|spec)\.ts$/, 600],
  [/\.(ts|mjs)$/, 400],
];

/** Files no longer than the cap of their kind. */
export const longFiles: Rule = (files) =>
  files.flatMap(({ path, text }) => {
    const cap = CAPS.find(([pattern]) => pattern.test(path))?.[1] ?? Infinity;
    const lines = text.trimEnd().split('\n').length;
    return lines > cap ? [`${path} has ${lines} lines; divide it, the cap is ${cap}`] : [];
  });

/** Unfinished work belongs into an issue. */
export const unfinished: Rule = (files) =>
  files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => {
      const word = /\b(TODO|FIXME|XXX|HACK)\b/.exec(line)?.[1];
      return word ? [`${path}:${index + 1} says ${word}; finish it or open an issue`] : [];
    }),
  );

/** One `# Title` a document, as its first line. */
export const titles: Rule = (files) =>
  files.flatMap(({ path, text }) => {
    const prose = text.replace(/^```[\s\S]*?^```/gm, '');
    const count = prose.match(/^# /gm)?.length ?? 0;
    if (count !== 1) return [`${path} has ${count} titles; write exactly one "# Title"`];
    return prose.trimStart().startsWith('# ') ? [] : [`${path} must begin with its "# Title"`];
  });

/** Words that the glossary replaces (docs/glossary.md), in identifiers. */
const SYNONYMS: readonly (readonly [RegExp, string])[] = [
  [/usage_?points?/i, 'meteringPoint'],
  [/end_?devices?(?!s?At)/i, 'meter or device'],
  [/interval_?block/i, 'loadProfile'],
  [/data_?points?/i, 'reading'],
  [/parameter_?id/i, 'obis'],
  [/packets?/i, 'telegram or frame'],
  [/cleans(e|ing)/i, 'validate, estimate or edit'],
  [/thie(f|ves)|fraud|stolen|theft/i, 'suspectedLoss'],
  [/work_?orders?/i, 'round'],
];

/** Only exports for other systems may use the words of CIM. */
const FOREIGN_WORDS = /^server\/head-end\/cim|^tests\/support\/tidy|^tests\/tidy/;

export const synonyms: Rule = (files) =>
  files
    .filter(({ path }) => !FOREIGN_WORDS.test(path))
    .flatMap(({ path, text }) => {
      const found = new Map<string, string>();
      for (const name of identifiersOf(path, text)) {
        const entry = SYNONYMS.find(([pattern]) => pattern.test(name));
        if (entry) found.set(name, entry[1]);
      }
      return [...found].map(([name, word]) => `${path} names \`${name}\`; write ${word}`);
    });

/** Every picture that a document shows is there; `has` says which paths of the repository exist. */
export const lostPictures = (
  files: readonly SourceFile[],
  has: (path: string) => boolean,
): string[] =>
  files.flatMap(({ path, text }) =>
    [...text.matchAll(/!\[[^\]]*\]\(([^)\s]+)\)/g)]
      .map(([, target]) => target ?? '')
      .filter((target) => !target.startsWith('https:'))
      .filter((target) => !has(posix.join(posix.dirname(path), target)))
      .map((target) => `${path} shows ${target}, which does not exist`),
  );

/** Names in code, without strings and comments. */
function identifiersOf(path: string, text: string): string[] {
  const script = path.endsWith('.svelte')
    ? [...text.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map((m) => m[1]).join('\n')
    : text;
  const bare = script
    .replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    .replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''");
  return bare.match(/[A-Za-z_$][\w$]*/g) ?? [];
}

/** What a person may never read about another one, in three languages. */
const INSULTS: readonly (readonly [RegExp, string])[] = [
  [/\b(thie(f|ves)|theft|fraud\w*|stole\w*|stealing)\b/i, 'suspected loss / check this meter'],
  [
    /(?<!\p{L})(вор(ы|а|у|ом|ов|овств\p{L}*)?|мошенни\p{L}*|краж\p{L}*|хищени\p{L}*)(?!\p{L})/iu,
    'предполагаемые потери / проверьте счётчик',
  ],
  [/\b(Dieb\w*|Betr(u|ü)g\w*|gestohlen\w*)\b/i, 'vermuteter Verlust / Zähler prüfen'],
];

export const insults: Rule = (files) =>
  files.flatMap(({ path, text }) =>
    INSULTS.flatMap(([pattern, instead]) => {
      const word = pattern.exec(text)?.[0];
      return word ? [`${path} says "${word}"; write "${instead}"`] : [];
    }),
  );

const BODIES = 'EN|IEC|ISO|DIN|NIST|FIPS|RFC|OMS|DLMS|ETSI|BSI|GOST|IANA|CIM|SP 800|X\\.\\d+';
const CLAUSE = new RegExp(`\\b(${BODIES})\\b|ГОСТ|§|\\bclause\\b|\\bSource:`);

/**
 * Every table cites the clause (or `Source:`) it was taken from, above it or in its rows; tables
 * that only their file sees may rely on the rest of the file.
 */
export const clauses: Rule = (files) =>
  files
    // The demo town is invented; its tables follow no standard.
    .filter(({ path }) => isTable(path) && !/^(src\/lib\/sim|server\/cli\/seed)\//.test(path))
    .flatMap(({ path, text }) => {
      const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
      const tables = source.statements.filter(ts.isVariableStatement).filter(holdsRows);
      return tables.flatMap((table) => {
        const isExported = table.modifiers?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword);
        if (CLAUSE.test(isExported ? table.getFullText() : text)) return [];
        const name = table.declarationList.declarations[0]?.name.getText();
        return [`${path}: table \`${name}\` cites no clause; name the standard it follows`];
      });
    });

/** An array or object literal of at least three entries, also behind `satisfies` or `new Map`. */
function holdsRows(statement: ts.VariableStatement): boolean {
  let rows = 0;
  const visit = (node: ts.Node): void => {
    if (ts.isArrayLiteralExpression(node)) rows = Math.max(rows, node.elements.length);
    if (ts.isObjectLiteralExpression(node)) rows = Math.max(rows, node.properties.length);
    ts.forEachChild(node, visit);
  };
  visit(statement);
  return rows >= 3;
}

/** Imports inside the repository carry their extension. */
export const bareImports: Rule = (files) =>
  files.flatMap(({ path, text }) =>
    importsOf(text)
      .filter((name) => /^(#|\.)/.test(name) && !/^\.\/\$|\/$|\.$/.test(name))
      .filter((name) => !/\.(ts|js|mjs|svelte|jsonl?|css|sql|svg|wasm|woff2)(\?\w+)?$/.test(name))
      .map((name) => `${path} imports "${name}"; write the extension`),
  );

const importsOf = (text: string): string[] =>
  [
    /\bfrom\s*['"]([^'"\n]+)['"]/g,
    /\bimport\s*\(?\s*['"]([^'"\n]+)['"]/g,
    /new URL\(\s*['"]([^'"\n]+)['"]/g,
  ].flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1] ?? ''));

/** Files that something other than their own tests loads. */
const ENTRIES = [
  /^src\/routes\//,
  /^src\/(hooks\.\w+|service-worker|app\.d)\.ts$/,
  /^src\/service-worker\//,
  /^server\/(entry|cli)\//,
  /^(tests|tools|prisma|static)\//,
  // The icon set is generated as a whole; what no page imports is not shipped.
  /^src\/lib\/ui\/icons\//,
  /^[^/]+$/,
  /\/drivers\/|\.d\.ts$|\.conformance\.ts$/,
];

/** A file nothing imports is dead, even when its test keeps it warm. */
export const deadFiles: Rule = (files) => {
  const code = files.filter(({ path }) => /\.(ts|mjs|js|svelte)$/.test(path));
  const used = new Set(
    code
      .filter(({ path }) => !isTest(path) || /^tests\/(sim|load|support|e2e)\//.test(path))
      .flatMap(({ path, text }) => importsOf(text).map((name) => resolveImport(path, name))),
  );
  return code
    .filter(({ path }) => !isTest(path) && !ENTRIES.some((entry) => entry.test(path)))
    .filter(({ path }) => !used.has(path))
    .map(({ path }) => `${path} is imported by nothing; remove it or use it`);
};

function resolveImport(from: string, name: string): string {
  const clean = name.replace(/\?.*$/, '');
  if (clean.startsWith('#lib/')) return `src/lib/${clean.slice(5)}`;
  if (clean.startsWith('#server/')) return `server/${clean.slice(8)}`;
  return new URL(clean, `file:///${from}`).pathname.slice(1);
}

/** Paths of a builder's machine. */
export const machinePaths: Rule = (files) =>
  files.flatMap(({ path, text }) => {
    const found = /\/(work\/(main|shared)|tmp\/kilter|Users\/\w+\/|root\/)/.exec(text)?.[0];
    return found ? [`${path} names ${found}; write a path relative to the root`] : [];
  });
