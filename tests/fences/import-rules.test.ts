import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeProject, runTool, temporaryProject } from './temporary-project.ts';

const value = (path: string) => `import { x } from '${path}';\nexport const y = x;\n`;
const types = (path: string) => `import type { X } from '${path}';\nexport type Y = X;\n`;
const component = (path: string) => `<script lang="ts">\n${value(path)}</script>\n`;
// The cruiser reads tsconfig.json, which extends what svelte-kit would generate.
const TSCONFIG = { '.svelte-kit/tsconfig.json': '{"compilerOptions":{}}' };
const LEAF = 'export const x = 1;\nexport type X = number;\n';

const PIPES = 'server-pipes-only-in-transport-and-cli';

/** Leaves that the planted imports point at. */
const LEAVES = [
  ...['src/lib/base/leaf.ts', 'src/lib/domain/leaf.ts', 'src/lib/meters/mbus/leaf.ts'],
  ...['src/lib/meters/dlms/leaf.ts', 'src/lib/sim/leaf.ts', 'src/lib/api/leaf.ts'],
  ...['src/lib/offline/leaf.ts', 'src/lib/transport/leaf.ts', 'server/access/store.ts'],
  'server/transport/leaf.ts',
  ...['server/access/service.ts', 'server/generated/prisma/client.ts', 'server/api/root.ts'],
];

/** Planted file → its text → the rules that must name it; an empty list means it is allowed. */
const PLANTED: readonly (readonly [string, string, readonly string[]])[] = [
  ['src/lib/base/up.ts', value('#lib/domain/leaf.ts'), ['base-imports-nothing']],
  ['src/lib/domain/down.ts', value('#lib/base/leaf.ts'), []],
  ['src/lib/meters/wmbus/ok.ts', value('#lib/meters/mbus/leaf.ts'), []],
  ['src/lib/meters/dlms/other.ts', value('#lib/meters/mbus/leaf.ts'), ['only-wmbus-uses-mbus']],
  ['src/lib/meters/mbus/other.ts', value('#lib/meters/dlms/leaf.ts'), ['protocols-stay-apart']],
  ['src/lib/meters/mbus/noun.ts', value('#lib/domain/leaf.ts'), ['meters-imports-base']],
  ['src/lib/meters/normalise.ts', value('#lib/domain/leaf.ts'), []],
  ['src/lib/meters/node.ts', value('node:fs'), ['pure-layers-need-no-platform']],
  ['src/lib/ui/Fetching.svelte', component('#lib/api/leaf.ts'), ['ui-imports']],
  [
    'src/lib/field/town.ts',
    value('#lib/sim/leaf.ts'),
    ['field-imports', 'sim-only-by-cli-tests-and-simulated'],
  ],
  ['src/lib/transport/simulated.ts', value('#lib/sim/leaf.ts'), []],
  [
    'src/lib/offline/leak.ts',
    value('#server/access/service.ts'),
    ['lib-never-imports-server', 'offline-imports'],
  ],
  ['src/lib/api/client.ts', types('#server/api/root.ts'), []],
  ['src/routes/+page.svelte', component('#lib/transport/leaf.ts'), ['routes-compose']],
  ['src/routes/a/+page.svelte', component('#server/access/service.ts'), ['routes-compose']],
  ['src/routes/b/+page.server.ts', value('#server/access/service.ts'), []],
  ['server/billing/service.ts', value('#server/access/store.ts'), ['stores-are-private']],
  ['server/billing/report.ts', value('#server/access/service.ts'), []],
  [
    'server/billing/rows.ts',
    value('#server/generated/prisma/client.ts'),
    ['only-stores-see-prisma'],
  ],
  ['server/billing/store.ts', value('#server/generated/prisma/client.ts'), []],
  ['server/billing/phone.ts', value('#lib/offline/leaf.ts'), ['server-imports']],
  ['server/billing/line.ts', value('#server/transport/leaf.ts'), [PIPES]],
  ['server/cli/line.ts', value('#server/transport/leaf.ts'), []],
  ['server/transport/meter.ts', value('#lib/meters/mbus/leaf.ts'), ['server-transport-imports']],
  ['server/transport/web.ts', value('#lib/transport/leaf.ts'), ['server-imports']],
  ['src/lib/vee/one.ts', value('./two.ts') + 'export const x = 1;\n', ['no-cycles']],
  // A cycle is reported once, at the file it was found from.
  ['src/lib/vee/two.ts', value('./one.ts') + 'export const x = 1;\n', []],
  ['src/lib/vee/lost.ts', value('./nowhere.ts'), ['everything-resolves']],
];

let root = '';
let found = new Map<string, string[]>();

type Violation = { from: string; rule: { name: string }; cycle?: { name: string }[] };

beforeAll(async () => {
  const leaves = LEAVES.map((path) => [path, LEAF]);
  const planted = PLANTED.map(([path, text]) => [path, text]);
  root = temporaryProject({ ...TSCONFIG, ...Object.fromEntries([...leaves, ...planted]) });
  const args = ['src', 'server', '--config', '.dependency-cruiser.cjs', '--no-cache', '-T', 'json'];
  const tool = 'dependency-cruiser/bin/dependency-cruise.mjs';
  const { said } = await runTool(root, tool, args);
  const report = JSON.parse(said.slice(said.indexOf('{'))) as {
    summary: { violations: Violation[] };
  };
  found = new Map();
  for (const { from, rule } of report.summary.violations) {
    found.set(from, [...(found.get(from) ?? []), rule.name]);
  }
}, 60_000);

afterAll(() => removeProject(root));

test.each(PLANTED)('%s', (path, _text, rules) => {
  expect([...new Set(found.get(path) ?? [])].sort()).toEqual([...rules].sort());
});
