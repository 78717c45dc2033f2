/**
 * `npx tsx server/cli/simulate-bus.ts [port]`: three simulated meters behind a TCP converter, for
 * `read-bus.ts` and for other people's programs. Knows the command line only.
 */
import { argv, stdout } from 'node:process';
import { createBusServer } from './bus-tcp.ts';

const DEFAULT_PORT = 10001;
const port = Number(argv[2] ?? DEFAULT_PORT);

createBusServer().listen(port, '127.0.0.1', () => {
  stdout.write(`Three water meters answer at 127.0.0.1:${port}, addresses 1 to 3. Ctrl+C ends.\n`);
});
