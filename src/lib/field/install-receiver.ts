/**
 * The ear of a self-installation: a real receiver or a simulated one, as observations.
 *
 * It knows how to open a port, a Bluetooth head or the simulation and to turn what they hear into
 * evidence; it judges nothing and stores nothing. lib/state runs it.
 */
import { decimal, formatDecimal, parseDecimal, rescale, type Decimal } from '#lib/base/decimal.ts';
import type { Observation } from '#lib/domain/install-evidence.ts';
import type { DongleName } from '#lib/meters/dongles/dongles.table.ts';
import { decodeTelegram } from '#lib/meters/wmbus/decode.ts';
import { cableWays, requestCable, type CableWay } from '#lib/transport/cable.ts';
import { openSimulatedModule } from '#lib/transport/simulated.ts';
import type { Transport } from '#lib/transport/transport.ts';
import { hasBluetooth, requestBleUart } from '#lib/transport/web-bluetooth.ts';
import { listen, type ListenEnd, type ListenEvent } from './listen.ts';
import { observationOf } from './observe-install.ts';
import { RadioBook, type RadioOutcome } from './radio-book.ts';

export type Heard = { readonly observation: Observation; readonly raw: Uint8Array };

export type InstallReceiver = {
  readonly name: string;
  /** The simulated module's tap and dial; null for a real one. */
  readonly virtual: VirtualTap | null;
  /** Listens until `signal` aborts or the receiver is gone. */
  listen(on: EarEvents, signal: AbortSignal): Promise<ListenEnd>;
};

export type EarEvents = {
  heard(heard: Heard): void;
  receiver(phase: Extract<ListenEvent, { kind: 'receiver' }>['phase']): void;
};

export type VirtualTap = { open(): void; close(): void; dial(): string };

export type SimulatedChoice = {
  readonly serial: string;
  readonly channel: number;
  /** Decimal texts in dial units. */
  readonly pulseWeight: string;
  readonly dial: string;
  readonly decimals: number;
  readonly fault: string;
};

export const receiverKinds = () => ({ cables: cableWays(), bluetooth: hasBluetooth() });

/** Asked for by their USB name first; these cover adapters that do not say. */
const DONGLES: readonly DongleName[] = ['im871a', 'iu891a', 'amb8465', 'cul'];

/** Shows the browser's chooser: call it inside a tap. Throws DeviceError. */
export async function openCableReceiver(way: CableWay): Promise<InstallReceiver> {
  const port = await requestCable(way);
  const known = DONGLES.find((name) => name === port.kind);
  return overTransport(port, known ? [known] : DONGLES);
}

/** Bluetooth bridges pass a CUL's or an iM871A's bytes on. Throws DeviceError. */
export const openBluetoothReceiver = async (): Promise<InstallReceiver> =>
  overTransport(await requestBleUart(), ['cul', 'im871a']);

/** Everything as with hardware, from the bytes of a virtual module on. */
export async function openSimulatedReceiver(choice: SimulatedChoice): Promise<InstallReceiver> {
  const dial = numberOf(choice.dial);
  const { transport, module } = await openSimulatedModule('', {
    seed: Number(choice.serial.replace(/\D/g, '').slice(-6)) || 1,
    serial: choice.serial.replace(/\D/g, '').slice(-8) || '1',
    channel: choice.channel,
    inputs: Math.max(2, choice.channel),
    pulseWeight: numberOf(choice.pulseWeight),
    dial: rescale(dial, -choice.decimals),
    fault: faultOf(choice.fault),
  });
  return {
    ...overTransport(transport, ['rtlwmbus']),
    virtual: {
      open: () => module.openTap(Date.now()),
      close: () => module.closeTap(Date.now()),
      dial: () => formatDecimal(module.dialAt(Date.now())),
    },
  };
}

type Fault = Parameters<typeof openSimulatedModule>[1]['fault'];
export const SIMULATED_FAULTS = [
  'none',
  'wrong-meter',
  'swapped',
  'weight',
  'wire-break',
  'short-circuit',
  'magnet',
] as const satisfies readonly Fault[];
const faultOf = (text: string): Fault => SIMULATED_FAULTS.find((f) => f === text) ?? 'none';

function numberOf(text: string): Decimal {
  const parsed = parseDecimal(text);
  return parsed.ok ? parsed.value : decimal(0);
}

function overTransport(transport: Transport, dongles: readonly DongleName[]): InstallReceiver {
  return {
    name: transport.name,
    virtual: null,
    listen: ({ heard, receiver }, signal) =>
      listen(
        {
          transport,
          choices: dongles.map((dongle) => ({ dongle, mode: 'T+C' })),
          book: new Ear(heard),
          roundId: 0,
          meters: [],
          taken: new Set(),
          judge: () => [],
          capture: () => Promise.reject(new Error('An ear captures nothing.')),
          on: (event) => event.kind === 'receiver' && receiver(event.phase),
        },
        signal,
      ),
  };
}

/** A book without rows: everybody is a stranger, and every telegram is told. */
class Ear extends RadioBook {
  readonly #heard: (heard: Heard) => void;
  constructor(heard: (heard: Heard) => void) {
    super([], new Map());
    this.#heard = heard;
  }

  override take(frame: Parameters<RadioBook['take']>[0]): RadioOutcome {
    const observation = observationOf(decodeTelegram(frame.bytes), frame.at);
    if (observation) this.#heard({ observation, raw: frame.bytes });
    return super.take(frame);
  }
}
