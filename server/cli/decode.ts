/**
 * `npm run decode`: JSON Lines in, JSON Lines out, one independent result a line; with arguments it
 * explains one telegram to a person. Knows the command line only: the protocols are in
 * `decode-protocols.ts`, the words for people in `decode-explain.ts`.
 */
import { stdin, stdout } from 'node:process';
import { createInterface } from 'node:readline';
import { decodeLine } from './decode-protocols.ts';
import { explainArguments } from './decode-explain.ts';

async function decodeStream(): Promise<void> {
  const lines = createInterface({ input: stdin, crlfDelay: Infinity });
  for await (const line of lines) {
    if (line.trim()) stdout.write(`${JSON.stringify(decodeLine(line))}\n`);
  }
}

const args = process.argv.slice(2);
if (args.length) process.exitCode = explainArguments(args, (text) => stdout.write(`${text}\n`));
else await decodeStream();
