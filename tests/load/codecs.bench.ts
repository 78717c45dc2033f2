/** Telegrams a second through the decoders, on telegrams of other people's meters. */
import { existsSync, readFileSync } from 'node:fs';
import { fromHex } from '#lib/base/bytes.ts';
import { decodeMbus } from '#lib/meters/mbus/decode.ts';
import { decodeTelegram } from '#lib/meters/wmbus/decode.ts';
import { NotHere, rates, type Bench, type Side } from './harness.ts';

const VECTORS = new URL('../../../shared/vectors/', import.meta.url);
/** Long enough that the clock and the collector of garbage do not decide. */
const PASSES = 40;

type Case = { readonly bytes: Uint8Array; readonly key: Uint8Array | null };

function casesOf(file: string): Case[] {
  const path = new URL(file, VECTORS);
  if (!existsSync(path)) throw new NotHere('../shared/vectors is absent');
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  return lines.flatMap((line) => {
    const { hex, key } = JSON.parse(line) as { hex?: string; key?: string };
    const bytes = fromHex(hex ?? '');
    const secret = key ? fromHex(key) : null;
    if (!hex || !bytes.ok) return [];
    return [{ bytes: bytes.value, key: secret?.ok ? secret.value : null }];
  });
}

const repeat = (cases: readonly Case[], decode: (one: Case) => unknown) => () => {
  for (let pass = 0; pass < PASSES; pass++) cases.forEach(decode);
};

/** The key is asked for every address, as the phone's key ring does. */
const options = ({ key }: Case) => ({ keyFor: () => key });

export const bench: Bench = {
  about: 'telegrams a second: wireless and wired M-Bus, with and without decryption',
  async run({ repeats, say }) {
    const wireless = casesOf('wmbus.jsonl');
    const [sealed, open] = [wireless.filter((c) => c.key), wireless.filter((c) => !c.key)];
    const wired = casesOf('mbus.jsonl');
    say(`${sealed.length} sealed, ${open.length} open wireless, ${wired.length} wired telegrams`);
    const side = (name: string, cases: Case[], decode: (one: Case) => unknown): Side => ({
      name,
      units: cases.length * PASSES,
      work: repeat(cases, decode),
    });
    const found = await rates(
      [
        side('wmbus_sealed', sealed, (one) => decodeTelegram(one.bytes, options(one))),
        side('wmbus_open', open, (one) => decodeTelegram(one.bytes, options(one))),
        side('mbus', wired, (one) => decodeMbus(one.bytes, options(one))),
      ],
      repeats,
    );
    const rate = (name: string) => found.get(name) ?? NaN;
    return {
      wmbus_sealed_telegrams_per_s: rate('wmbus_sealed'),
      wmbus_open_telegrams_per_s: rate('wmbus_open'),
      mbus_telegrams_per_s: rate('mbus'),
      open_to_sealed_ratio: rate('wmbus_open') / rate('wmbus_sealed'),
    };
  },
};
