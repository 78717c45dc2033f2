/**
 * `npm run bench -- NAME [--json] [--seed N] [--repeats N]`: runs one benchmark of this folder.
 *
 * It knows the command line only. Without a name it lists what there is. With `--json` the last
 * line is `{"bench","figures","seed"}`.
 */
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { NotHere, type Bench } from './harness.ts';

const LEAST_REPEATS = 3;

const names = readdirSync(new URL('.', import.meta.url))
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.replace('.bench.ts', ''));

const load = async (name: string): Promise<Bench> =>
  ((await import(`./${name}.bench.ts`)) as { bench: Bench }).bench;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    repeats: { type: 'string', default: '5' },
  },
});

async function list(): Promise<void> {
  console.log('npm run bench -- NAME [--json] [--seed N] [--repeats N], where NAME is one of:');
  for (const name of names) console.log(`  ${name.padEnd(12)}${(await load(name)).about}`);
}

async function run(name: string): Promise<void> {
  const seed = Number(values.seed);
  const repeats = Math.max(LEAST_REPEATS, Number(values.repeats));
  const say = (line: string) => console.log(line);
  const figures = await (await load(name)).run({ seed, repeats, say });
  const rounded = Object.entries(figures).map(([key, value]) => [
    key,
    Number(value.toPrecision(4)),
  ]);
  for (const [key, value] of rounded) console.log(`${String(key).padEnd(36)}${value}`);
  if (values.json) {
    console.log(JSON.stringify({ bench: name, figures: Object.fromEntries(rounded), seed }));
  }
}

const wanted = positionals[0];
if (!wanted || !names.includes(wanted)) {
  await list();
  process.exitCode = wanted ? 1 : 0;
} else {
  await run(wanted).catch((error: unknown) => {
    if (!(error instanceof NotHere)) throw error;
    console.error(`${wanted} cannot be measured here: ${error.message}`);
    process.exitCode = 2;
  });
}
