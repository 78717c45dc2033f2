/**
 * `npx tsx server/cli/simulate-meter.ts <meter> [--fault <word>] [--at <byte>] [--seed <n>]`: what
 * a simulated meter puts on its line, as hex for `npm run decode`; a Modbus meter is read through
 * the codec's session and shown as quantities. Knows the command line; devices are in `lib/sim`.
 */
import { stdout } from 'node:process';
import { pathToFileURL } from 'node:url';
import { fromLatin1, toHex } from '#lib/base/bytes.ts';
import { formatDecimal } from '#lib/base/decimal.ts';
import { planRequests, readQuantities } from '#lib/meters/modbus/register-map.ts';
import { REGISTER_MAPS } from '#lib/meters/modbus/register-maps.table.ts';
import { initialModbusState, stepModbus, type ModbusInput } from '#lib/meters/modbus/session.ts';
import { disturb, LINE_FAULTS, type FaultPlace } from '#lib/sim/devices/line-faults.ts';
import { createModbusMeter } from '#lib/sim/devices/modbus-meter.ts';
import { createP1Sender } from '#lib/sim/devices/p1-sender.ts';
import { createSmlSender } from '#lib/sim/devices/sml-sender.ts';

type Lines = readonly string[];
const VALUES = { '1-0:1.8.0': 4821.5, '1-0:2.8.0': 12.25, '1-0:16.7.0': 732, '1-0:32.7.0': 231 };

/** The answers of one device to its whole map; the first answer meets the fault. */
function readModbus(id: string, place: FaultPlace): Lines {
  const map = REGISTER_MAPS.find((one) => one.id === id)!;
  const plan = planRequests(map);
  if (!plan.ok) return [plan.error.detail];
  const meter = createModbusMeter({ transmission: 'rtu', unit: 1, map, values: VALUES });
  let state = initialModbusState({ transmission: 'rtu', unit: 1, requests: plan.value });
  let input: ModbusInput = { kind: 'start' };
  const lines: string[] = [];
  while (!state.result) {
    const next = stepModbus(state, input);
    state = next.state;
    const [reply] = next.send ? meter.write(next.send) : [];
    const heard = reply && lines.length === 0 ? disturb(reply, place) : reply;
    if (next.send) lines.push(`> ${toHex(next.send)}`, `< ${heard ? toHex(heard) : ''}`);
    input = heard?.length ? { kind: 'bytes', bytes: heard } : { kind: 'timeout' };
  }
  if (state.result.kind === 'failed') return [...lines, state.result.code];
  const read = readQuantities(map, state.result.blocks);
  const values = read.ok ? read.value : [];
  return [
    ...lines,
    ...values.map(
      ({ obis, value, unit }) => `${obis} ${value ? formatDecimal(value) : '-'} ${unit}`,
    ),
  ];
}

const SERVER_ID = fromLatin1('\x0a\x01KLT\x00\x00\x01\x02\x03');

function pushSml(place: FaultPlace): Lines {
  const sender = createSmlSender({ seed: place.seed, serverId: SERVER_ID });
  return [toHex(disturb(sender.fileAt(1), place)), toHex(sender.fileAt(2))];
}

/** An instant that has both tariffs and gas behind it; the line has no clock of its own. */
const P1_AT = Date.UTC(2026, 0, 15, 12);
const P1_STEP_MS = 1000;
const P1_KEYS = { key: new Uint8Array(16), authKey: null };

function pushP1(version: 3 | 5, isSealed: boolean): (place: FaultPlace) => Lines {
  return (place) => {
    const keys = isSealed ? { keys: P1_KEYS } : {};
    const sender = createP1Sender({ seed: place.seed, version, ...keys });
    const [first, second] = [P1_AT, P1_AT + P1_STEP_MS].map((at) => sender.telegramAt(at));
    return [toHex(disturb(first!, place)), toHex(second!)];
  };
}

const METERS: Readonly<Record<string, (place: FaultPlace) => Lines>> = {
  ...Object.fromEntries(
    REGISTER_MAPS.map(({ id }) => [id, (place: FaultPlace) => readModbus(id, place)]),
  ),
  sml: pushSml,
  'p1-3': pushP1(3, false),
  'p1-5': pushP1(5, false),
  'p1-sealed': pushP1(5, true),
};

/** What to print; words for the person where the arguments are wrong. */
export function simulate(args: Lines): Lines {
  const option = (name: string): string | undefined => {
    const at = args.indexOf(`--${name}`);
    return at < 0 ? undefined : args[at + 1];
  };
  const meter = METERS[args[0] ?? ''];
  const fault = LINE_FAULTS.find((word) => word === (option('fault') ?? 'none'));
  if (!meter || !fault) {
    return [
      `Meters: ${Object.keys(METERS).join(', ')}`,
      `Faults: ${LINE_FAULTS.join(', ')} (--at <byte>, --seed <n>)`,
    ];
  }
  return meter({ fault, at: Number(option('at')) || 0, seed: Number(option('seed')) || 1 });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const line of simulate(process.argv.slice(2))) stdout.write(`${line}\n`);
}
