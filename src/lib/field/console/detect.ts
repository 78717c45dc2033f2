/**
 * Which protocol speaks here: trials in the order of a table, first those that only listen or ask
 * in milliseconds. Knows speeds and the readers of this folder, which load when their turn comes.
 */
import { fault, type Result } from '#lib/base/result.ts';
import type { SerialSettings } from '#lib/transport/transport.ts';
import type { ConsoleProtocol, FoundDevice, Trial } from './types.ts';
import type { Work } from './work.ts';

const eightNone = (baud: number): SerialSettings => ({
  baud,
  dataBits: 8,
  parity: 'none',
  stopBits: 1,
});
const eightEven = (baud: number): SerialSettings => ({ ...eightNone(baud), parity: 'even' });
const sevenEven = (baud: number): SerialSettings => ({ ...eightEven(baud), dataBits: 7 });

type TrialRow = Trial & {
  /** How long those that only listen wait. */
  readonly listenMs: number;
  readonly source: string;
};

const row = (
  protocol: ConsoleProtocol,
  settings: SerialSettings,
  more: { readonly source: string; readonly listenMs?: number },
): TrialRow => ({ protocol, settings, listenMs: more.listenMs ?? 0, source: more.source });

/** Speeds that the standards and the makers prescribe. */
export const TRIALS: readonly TrialRow[] = [
  row('sml', eightNone(9600), { listenMs: 2500, source: 'BSI TR-03109-1 annex IV; FNN MT' }),
  row('p1', eightNone(115_200), { listenMs: 2500, source: 'DSMR P1 5.0.2 clause 5.4' }),
  row('dlms', eightNone(9600), { source: 'IEC 62056-46:2007 clause 6.2' }),
  row('mbus', eightEven(2400), { source: 'EN 13757-2:2018 clause 4.4' }),
  row('modbus', eightNone(9600), { source: 'makers' }),
  row('modbus', eightEven(19_200), { source: 'MODBUS over Serial Line V1.02 clause 2.3' }),
  row('iec', sevenEven(300), { source: 'IEC 62056-21:2002 clause 4' }),
  row('dlms-push', eightEven(2400), { listenMs: 11_000, source: 'HAN of Kaifa; Austria' }),
  row('dlms-push', eightNone(2400), { listenMs: 11_000, source: 'HAN of Aidon and Kamstrup' }),
  row('iec-push', sevenEven(2400), { listenMs: 6000, source: 'IEC 62056-21:2002 clause 6.4.4' }),
  row('p1', sevenEven(9600), { listenMs: 11_000, source: 'DSMR P1 3.0 clause 4' }),
  row('mbus', eightEven(300), { source: 'EN 13757-2:2018 clause 4.4' }),
  row('mbus', eightEven(9600), { source: 'EN 13757-2:2018 clause 4.4' }),
  row('dlms', eightNone(115_200), { source: 'makers' }),
];

async function tryOne(work: Work, trial: TrialRow): Promise<Result<FoundDevice>> {
  const { protocol, settings } = trial;
  switch (protocol) {
    case 'dlms':
      return (await import('./dlms.ts')).detectDlms(work, settings);
    case 'mbus':
      return (await import('./bus.ts')).detectMbus(work, settings);
    case 'modbus':
      return (await import('./bus.ts')).detectModbus(work, settings);
    case 'iec':
      return (await import('./optical.ts')).detectOptical(work, settings);
    default: {
      const { detectPushed } = await import('./pushed.ts');
      return detectPushed(work, { protocol, settings, ms: trial.listenMs });
    }
  }
}

/** Somebody who chose a protocol by hand waits as long as its slowest sender. */
const PATIENT_MS = 12_000;

function trialsOf(only: ConsoleProtocol | null, settings: SerialSettings | null): TrialRow[] {
  const rows = TRIALS.filter(({ protocol }) => !only || protocol === only);
  const wanted = settings
    ? [...new Map(rows.map((one) => [one.protocol, { ...one, settings }])).values()]
    : rows;
  return only ? wanted.map((one) => ({ ...one, listenMs: PATIENT_MS })) : wanted;
}

/** Errors: `nothing_found`; with one trial only, its own error; `stopped`. */
export async function detect(
  work: Work,
  wanted: { readonly only: ConsoleProtocol | null; readonly settings: SerialSettings | null },
  onTrial: (trial: Trial) => void,
): Promise<Result<FoundDevice>> {
  const trials = trialsOf(wanted.only, wanted.settings);
  let last: Result<FoundDevice> = fault('nothing_found', 'No protocol is known by this name.');
  for (const trial of trials) {
    onTrial({ protocol: trial.protocol, settings: trial.settings });
    last = await tryOne(work, trial);
    if (last.ok || last.error.code === 'stopped') return last;
  }
  return trials.length === 1 ? last : fault('nothing_found', 'Nobody answered in any protocol.');
}
