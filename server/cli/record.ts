/**
 * `npx tsx server/cli/record.ts ADDRESS [--seconds 60] [--send hex] > capture.bin`
 *
 * Records the bytes of a device behind a TCP converter or at a serial port: a receiver on the roof,
 * a gateway. The app plays such a file as "a recording from a file". It knows no protocol; `--send`
 * is for devices that must be asked first.
 */
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { fromHex } from '#lib/base/bytes.ts';
import { DeviceError, type SerialSettings } from '#lib/transport/transport.ts';
import { LINE_OPTIONS, lineTarget, type LineTarget } from './line-arguments.ts';

const USAGE = 'Usage: record ADDRESS [--seconds 60] [--send hex] > capture.bin';
const USUAL_LINE: SerialSettings = { baud: 9600, dataBits: 8, parity: 'none', stopBits: 1 };

type Out = { bytes(part: Uint8Array): void; note(text: string): void };

type Wish = { target: LineTarget; seconds: number; question: Uint8Array };

/** What was asked for, or what to write instead. */
function read(args: readonly string[]): Wish | string {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      options: { ...LINE_OPTIONS, seconds: { type: 'string' }, send: { type: 'string' } },
      allowPositionals: true,
    });
  } catch (cause) {
    return `${(cause as Error).message}\n${USAGE}`;
  }
  const target = lineTarget(parsed.values, parsed.positionals);
  if (typeof target === 'string') return `${target} ${USAGE}`;
  const seconds = Number(parsed.values.seconds ?? 60);
  const question = fromHex(parsed.values.send ?? '');
  if (!question.ok) return `${question.error.detail} ${USAGE}`;
  return seconds > 0 ? { target, seconds, question: question.value } : USAGE;
}

/** Resolves with the exit code: 0 recorded, 1 the device failed, 2 wrong arguments. */
export async function record(args: readonly string[], out: Out): Promise<number> {
  const wish = read(args);
  if (typeof wish === 'string') {
    out.note(wish);
    return 2;
  }
  const { target, seconds, question } = wish;
  const { transport } = target;
  let count = 0;
  try {
    await transport.open(target.settings(USUAL_LINE));
    if (question.length) await transport.write(question);
    const timer = setTimeout(() => void transport.close(), seconds * 1000);
    try {
      for await (const { bytes } of transport.read()) {
        count += bytes.length;
        out.bytes(bytes);
      }
    } finally {
      clearTimeout(timer);
    }
    out.note(`${count} bytes in ${seconds} s from ${transport.name}.`);
    return 0;
  } catch (cause) {
    if (!(cause instanceof DeviceError)) throw cause;
    out.note(`${transport.name}: ${cause.code}. ${cause.message} ${count} bytes are kept.`);
    return 1;
  } finally {
    await transport.close();
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await record(process.argv.slice(2), {
    bytes: (part) => void process.stdout.write(part),
    note: (text) => console.error(text),
  });
}
