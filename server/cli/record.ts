/**
 * `npx tsx server/cli/record.ts host:port [--seconds 60] [--send hex] > capture.bin`
 *
 * Records the bytes of a device behind a TCP converter: a receiver on the roof, a gateway. The app
 * plays such a file as "a recording from a file". It knows no protocol; `--send` is for devices
 * that must be asked first.
 */
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { fromHex } from '#lib/base/bytes.ts';
import { DeviceError, type SerialSettings } from '#lib/transport/transport.ts';
import { tcpAddress, TcpTransport, type TcpAddress } from '../transport/tcp.ts';

const USAGE = 'Usage: record host:port [--seconds 60] [--send hex] > capture.bin';
/** The converter holds the real settings; the interface wants some. */
const ANY_LINE: SerialSettings = { baud: 9600, dataBits: 8, parity: 'none', stopBits: 1 };

type Out = { bytes(part: Uint8Array): void; note(text: string): void };

type Wish = { address: TcpAddress; seconds: number; question: Uint8Array };

/** What was asked for, or what to write instead. */
function read(args: readonly string[]): Wish | string {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      options: { seconds: { type: 'string' }, send: { type: 'string' } },
      allowPositionals: true,
    });
  } catch (cause) {
    return `${(cause as Error).message}\n${USAGE}`;
  }
  const address = tcpAddress(parsed.positionals[0] ?? '');
  const seconds = Number(parsed.values.seconds ?? 60);
  const question = fromHex(parsed.values.send ?? '');
  if (!question.ok) return `${question.error.detail} ${USAGE}`;
  return address && seconds > 0 ? { address, seconds, question: question.value } : USAGE;
}

/** Resolves with the exit code: 0 recorded, 1 the device failed, 2 wrong arguments. */
export async function record(args: readonly string[], out: Out): Promise<number> {
  const wish = read(args);
  if (typeof wish === 'string') {
    out.note(wish);
    return 2;
  }
  const { address, seconds, question } = wish;
  const transport = new TcpTransport(address);
  let count = 0;
  try {
    await transport.open(ANY_LINE);
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
