/**
 * A wired M-Bus with several slaves behind a level converter, and all that goes wrong on one: echo,
 * noise, lost and doubled bytes, slow and busy slaves, wrong check sums, several at once.
 *
 * It knows what a slave answers (EN 13757-2:2018 clause 5.7) and how long the line takes; it knows
 * no port and reads no clock. server/cli/bus-tcp.ts and tests make one.
 */
import { concatBytes } from '#lib/base/bytes.ts';
import type { Instant } from '#lib/base/interval.ts';
import type { Prng } from '#lib/base/prng.ts';
import { writeLinkAddress } from '../../meters/mbus/address.ts';
import { encodeAck, encodeLong, readFrame, type MbusFrame } from '../../meters/mbus/frame.ts';
import { decodeSelect, type Selection } from '../../meters/mbus/select.ts';
import { writeTpl } from '../../meters/mbus/tpl.ts';
import type { DeviceAddress } from '../../meters/telegram.ts';

export type SlaveSpec = {
  readonly address: number;
  readonly device: DeviceAddress;
  readonly baud: number;
  /** Records of each telegram; all but the last end in DIF 1Fh. */
  readonly telegrams: readonly Uint8Array[];
  /** Extra time before it answers, in characters: no two slaves are equally quick. */
  readonly delay?: number;
  /** False: an old meter that knows its primary address only. */
  readonly isSelectable?: boolean;
  /** How often it answers "busy" before it answers. */
  readonly busy?: number;
};

export type BusFault =
  | 'noise_before'
  | 'noise_behind'
  | 'noise_inside'
  | 'dropped'
  | 'doubled'
  | 'checksum'
  | 'silent'
  | 'slow'
  | 'deaf'
  | 'spoilt_echo';

export const BUS_FAULTS = [
  'noise_before',
  'noise_behind',
  'noise_inside',
  'dropped',
  'doubled',
  'checksum',
  'silent',
  'slow',
  'deaf',
  'spoilt_echo',
] as const satisfies readonly BusFault[];

export type BusOptions = {
  readonly slaves: readonly SlaveSpec[];
  readonly echo: boolean;
  readonly prng: Prng;
  /** The faults of the exchange with this number, counted from 0. */
  readonly faultsAt: (exchange: number) => readonly BusFault[];
};

type Slave = SlaveSpec & {
  baud: number;
  isSelected: boolean;
  fcb: boolean | null;
  next: number;
  busy: number;
};

type UserData = Extract<MbusFrame, { body: Uint8Array }>;

const BITS_PER_CHARACTER = 11;
/** A slow slave answers long after the master has given it up. */
const SLOW_MS = 1500;
const SELECTED = 253;
/** EN 13757-2:2018 clause 5.7.5: all slaves answer, so that one alone can be read unknown. */
const EVERYBODY = 254;
const BUSY_CODE = 8;
const BAUDS = [300, 600, 1200, 2400, 4800, 9600, 19200, 38400] as const;

const matches = (mask: string, text: string): boolean =>
  [...mask].every((digit, i) => digit === 'F' || digit === text[i]);

function isMeant({ device }: Slave, selection: Selection): boolean {
  const link = writeLinkAddress(device);
  const hex = (n: number, size: number): string => n.toString(16).toUpperCase().padStart(size, '0');
  return (
    matches(selection.id, device.id) &&
    matches(selection.manufacturer, hex(link[0]! | (link[1]! << 8), 4)) &&
    matches(selection.version, hex(device.version, 2)) &&
    matches(selection.type, hex(device.type, 2))
  );
}

/** RSP_UD with the telegram that the frame count bit asks for. */
function respond(slave: Slave, control: number): Uint8Array {
  if (slave.busy > 0) {
    slave.busy--;
    return encodeLong(0x08, slave.address, Uint8Array.of(0x70, BUSY_CODE));
  }
  const fcb = (control & 0x20) !== 0;
  if (slave.fcb !== null && fcb !== slave.fcb) {
    slave.next = (slave.next + 1) % slave.telegrams.length;
  }
  slave.fcb = fcb;
  const head = { ci: 0x72, address: slave.device, access: slave.next, status: 0, config: 0 };
  const body = concatBytes(writeTpl(head), slave.telegrams[slave.next]!);
  return encodeLong(0x08, slave.address, body);
}

function onUserData(slave: Slave, frame: UserData): Uint8Array | null {
  const selection = decodeSelect(frame.body);
  if (selection) {
    const isFor = frame.address === SELECTED && slave.isSelectable !== false;
    slave.isSelected = isFor && isMeant(slave, selection);
    if (slave.isSelected) Object.assign(slave, { fcb: null, next: 0 });
    return slave.isSelected ? encodeAck() : null;
  }
  const baud = BAUDS[frame.body[0]! - 0xb8];
  if (frame.address !== slave.address || !baud) return null;
  slave.baud = baud;
  return encodeAck();
}

/** What one slave says to `frame`; it changes its state as a real one would. */
function answer(slave: Slave, frame: MbusFrame): Uint8Array | null {
  if (frame.type === 'ack') return null;
  if ('body' in frame) return onUserData(slave, frame);
  const isMine = frame.address === slave.address || frame.address === EVERYBODY;
  if (!isMine && !(frame.address === SELECTED && slave.isSelected)) return null;
  if (frame.control === 0x40) {
    Object.assign(slave, { fcb: null, next: 0, ...(!isMine && { isSelected: false }) });
    return encodeAck();
  }
  return (frame.control & 0xdf) === 0x5b ? respond(slave, frame.control) : null;
}

/** Several answers on one line: a current drawn by one slave hides the silence of the others. */
function mix(answers: readonly { bytes: Uint8Array; delay: number }[]): Uint8Array {
  const first = Math.min(...answers.map(({ delay }) => delay));
  const size = Math.max(...answers.map(({ bytes, delay }) => bytes.length + delay - first));
  const out = new Uint8Array(size).fill(0xff);
  for (const { bytes, delay } of answers) bytes.forEach((b, i) => (out[i + delay - first]! &= b));
  return out;
}

function spoil(bytes: Uint8Array, fault: BusFault, prng: Prng): Uint8Array {
  if (bytes.length === 0) return bytes;
  const at = prng.int(0, bytes.length);
  const noise = prng.bytes(prng.int(1, 5));
  switch (fault) {
    case 'noise_before':
      return concatBytes(noise, bytes);
    case 'noise_behind':
      return concatBytes(bytes, noise);
    case 'noise_inside':
      return bytes.map((b, i) => (i === at ? b ^ (1 << prng.int(0, 8)) : b));
    case 'dropped':
      return concatBytes(bytes.subarray(0, at), bytes.subarray(at + 1));
    case 'doubled':
      return concatBytes(bytes.subarray(0, at + 1), bytes.subarray(at));
    case 'checksum':
      return bytes.map((b, i) => (i === bytes.length - 2 ? b ^ 0x55 : b));
    case 'silent':
      return bytes.subarray(0, 0);
    default:
      return bytes;
  }
}

export function createWiredBus({ slaves: specs, echo, prng, faultsAt }: BusOptions) {
  const slaves = specs.map((spec): Slave => {
    return { ...spec, isSelected: false, fcb: null, next: 0, busy: spec.busy ?? 0 };
  });
  let baud = 0;
  let exchange = -1;
  let due: { at: Instant; bytes: Uint8Array }[] = [];
  const lineMs = (characters: number): number =>
    Math.ceil((characters * BITS_PER_CHARACTER * 1000) / Math.max(baud, 300));

  return {
    open(settings: { readonly baud: number }): void {
      baud = settings.baud;
    },
    write(bytes: Uint8Array, at: Instant): void {
      const faults = faultsAt(++exchange);
      const heardAt = at + lineMs(bytes.length);
      const isSpoilt = faults.includes('spoilt_echo');
      const reflected = isSpoilt ? spoil(bytes, 'noise_inside', prng) : bytes;
      if (echo) due.push({ at: heardAt, bytes: reflected });
      const frame = readFrame(bytes);
      if (!frame.ok || faults.includes('deaf')) return;
      const answers = slaves.flatMap((slave) => {
        const said = slave.baud === baud ? answer(slave, frame.value) : null;
        return said ? [{ bytes: said, delay: slave.delay ?? 0 }] : [];
      });
      if (answers.length === 0) return;
      const said = faults.reduce((sent, fault) => spoil(sent, fault, prng), mix(answers));
      const waitMs = lineMs(3) + (faults.includes('slow') ? SLOW_MS : 0);
      if (said.length) due.push({ at: heardAt + waitMs + lineMs(said.length), bytes: said });
    },
    /** The next bytes that come until `at`, and when; null when none do. */
    poll(at: Instant): { at: Instant; bytes: Uint8Array } | null {
      due = due.toSorted((a, b) => a.at - b.at);
      return due[0] && due[0].at <= at ? due.shift()! : null;
    },
  };
}
