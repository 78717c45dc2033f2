import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { removeProject, runTool, temporaryProject } from './temporary-project.ts';

// Two marks, so that neither a comment nor a name can be mistaken for the leaked value.
const MARK = 'leaked-mark-7f3a';
const SECRET = { 'server/secret.ts': `export const secret = '${MARK}';\n` };
const PAGE = 'src/routes/+page.svelte';
const LIMIT_MS = 120_000;

async function build(sources: Record<string, string>) {
  const root = temporaryProject({ ...SECRET, ...sources });
  const outcome = await runTool(root, 'vite/bin/vite.js', ['build']);
  const client = outcome.code === 0 ? textOf(join(root, 'build/client')) : '';
  removeProject(root);
  return { ...outcome, client };
}

const textOf = (folder: string): string =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.js'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');

const script = (body: string) => `<script lang="ts">\n${body}\n</script>\n<p>page</p>\n`;

test(
  'a secret of server/ imported by a page fails the build',
  async () => {
    const page = script(`import { secret } from '#server/secret.ts';\nconsole.log(secret);`);
    const { code, said } = await build({ [PAGE]: page });
    expect(said).toMatch(/server\/secret\.ts is server-only and must not reach a browser/);
    expect(code).not.toBe(0);
  },
  LIMIT_MS,
);

test(
  'a secret of server/ imported by a worker fails the build',
  async () => {
    const worker = `import { secret } from '#server/secret.ts';\npostMessage(secret);\n`;
    const at = `new URL('../lib/workers/w.worker.ts', import.meta.url)`;
    const start = `new Worker(${at}, { type: 'module' })`;
    const page = script(`export const begin = () => ${start};`);
    const { code, said } = await build({ [PAGE]: page, 'src/lib/workers/w.worker.ts': worker });
    expect(said).toMatch(/server\/secret\.ts is server-only and must not reach a browser/);
    expect(code).not.toBe(0);
  },
  LIMIT_MS,
);

test(
  'a +page.server.ts may use server/, and the value stays out of the client',
  async () => {
    const load = `import { secret } from '#server/secret.ts';
export const load = () => ({ length: secret.length });\n`;
    const page = script(`let { data } = $props();\nconsole.log(data.length);`);
    const { code, said, client } = await build({
      [PAGE]: page,
      'src/routes/+page.server.ts': load,
    });
    expect(said).not.toMatch(/server-only/);
    expect(code).toBe(0);
    expect(client.length).toBeGreaterThan(1000);
    expect(client).not.toContain(MARK);
  },
  LIMIT_MS,
);
