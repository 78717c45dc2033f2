/**
 * Makes an input that a procedure's schema accepts, aimed at given ids. Used by the tenant walk:
 * a stranger must be given the victim's own ids, or refusing them proves nothing.
 */
type Schema = {
  _zod: { def: Def };
};
type Def = {
  type: string;
  shape?: Record<string, Schema>;
  innerType?: Schema;
  element?: Schema;
  options?: Schema[];
  entries?: Record<string, string>;
  values?: unknown[];
  items?: Schema[];
  in?: Schema;
  checks?: { _zod: { def: { check: string; pattern?: RegExp; format?: string } } }[];
  format?: string;
};

/** What to put where: keys of inputs to values that exist in the victim's organisation. */
export type Targets = Readonly<Record<string, unknown>>;

const UUID = '01935b9c-6f5a-7cc0-8a3e-111111111111';

export function sampleInput(schema: unknown, targets: Targets, key = ''): unknown {
  const def = (schema as Schema)._zod.def;
  if (key in targets) return targets[key];
  switch (def.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(def.shape ?? {}).map(([name, inner]) => [
          name,
          sampleInput(inner, targets, name),
        ]),
      );
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'readonly':
    case 'nonoptional':
      return sampleInput(def.innerType, targets, key);
    case 'pipe':
      return sampleInput(def.in, targets, key);
    case 'array':
      return [sampleInput(def.element, targets, singular(key))];
    case 'tuple':
      return (def.items ?? []).map((item) => sampleInput(item, targets, key));
    case 'union':
      return sampleInput(def.options?.[0], targets, key);
    case 'enum':
      return Object.values(def.entries ?? {})[0];
    case 'literal':
      return def.values?.[0];
    case 'number':
    case 'int':
      return number(targets, key);
    case 'bigint':
      return BigInt(number(targets, key));
    case 'boolean':
      return true;
    case 'date':
      return new Date('2026-11-10T12:00:00Z');
    case 'string':
      return text(def, key);
    case 'record':
      return {};
    default:
      return null;
  }
}

const singular = (key: string): string => key.replace(/s$/, '');

/** Ids default to the victim's first object; limits and pages to something harmless. */
function number(targets: Targets, key: string): number {
  if (/limit|size|count/i.test(key)) return 50;
  if (/(^|[a-z])(at|from|to|now)$/i.test(key)) return Date.parse('2026-11-10T12:00:00Z');
  if (/year/i.test(key)) return 2026;
  if (/offset|page|skip/i.test(key)) return 0;
  return Number(targets['id'] ?? 1);
}

function text(def: Def, key: string): string {
  const format = def.format ?? def.checks?.[0]?._zod.def.format;
  if (format === 'uuid' || /uuid|eventId|device|epoch|requestId|^id$/i.test(key)) return UUID;
  if (format === 'email' || /email/i.test(key)) return 'someone@example.org';
  if (/month/i.test(key)) return '2026-11';
  if (/(on|date|day)$/i.test(key)) return '2026-11-10';
  if (/sha256|hash/i.test(key)) return 'ab'.repeat(32);
  if (/value|weight|multiplier/i.test(key)) return '12.345';
  return 'ALPHA';
}
