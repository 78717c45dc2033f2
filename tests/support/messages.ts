/**
 * Compares the message files of the three languages.
 *
 * It knows the shape of Paraglide's message files and no language; tests/tidy.test.ts calls it.
 */
import type { SourceFile } from './source-files.ts';

const BASE = 'ru';
const LOCALES = ['ru', 'en', 'de'] as const;

type Variant = { declarations?: string[]; match?: Record<string, string> };
type Message = string | Variant[];
type Messages = Record<string, Message>;

/** Same keys, same placeholders, prefixed with the area; complaints name file and key. */
export function messageProblems(files: readonly SourceFile[]): string[] {
  const areas = new Set(
    files.map(({ path }) => path.split('/').at(-1)?.replace('.json', '') ?? ''),
  );
  return [...areas].flatMap((area) => {
    const read = (locale: string) => readArea(files, `${locale}/${area}.json`);
    const base = read(BASE);
    return LOCALES.flatMap((locale) => [
      ...compare(`${locale}/${area}.json`, base, read(locale)),
      ...misplaced(`${locale}/${area}.json`, area, read(locale)),
    ]);
  });
}

function readArea(files: readonly SourceFile[], end: string): Messages {
  const file = files.find(({ path }) => path.endsWith(end));
  const { $schema: _, ...messages } = JSON.parse(file?.text ?? '{}') as Messages & { $schema: '' };
  return messages;
}

function compare(name: string, base: Messages, other: Messages): string[] {
  const problems: string[] = [];
  for (const [key, message] of Object.entries(base)) {
    const same = other[key];
    if (same === undefined) {
      problems.push(`${name} lacks \`${key}\`; translate it`);
    } else if (inputsOf(message).join() !== inputsOf(same).join()) {
      const [wanted, given] = [inputsOf(message).join(', '), inputsOf(same).join(', ')];
      problems.push(`${name}: \`${key}\` uses {${given}}; the base language uses {${wanted}}`);
    }
    if (same === '') problems.push(`${name}: \`${key}\` is empty; translate it`);
  }
  const extra = Object.keys(other).filter((key) => !(key in base));
  return [...problems, ...extra.map((key) => `${name} has \`${key}\`, which ${BASE} lacks`)];
}

/** Inputs a caller must pass: declared ones of variants, braces of plain text. */
function inputsOf(message: Message): string[] {
  const declared = Array.isArray(message)
    ? message.flatMap((variant) => variant.declarations ?? []).filter((d) => d.startsWith('input '))
    : [];
  if (declared.length > 0) return [...new Set(declared.map((d) => d.slice(6).trim()))].sort();
  const found = JSON.stringify(message).matchAll(/\{(\w+)\}/g);
  return [...new Set([...found].map((match) => match[1] ?? ''))].sort();
}

function misplaced(name: string, area: string, messages: Messages): string[] {
  const wrong = Object.keys(messages).filter((key) => !key.startsWith(`${area}_`));
  return wrong.map((key) => `${name}: \`${key}\` must begin with \`${area}_\``);
}
