/**
 * What a person has given the installation wizard so far, as it lies on the phone.
 *
 * It knows the fields and how an empty one looks; it knows no step's rules. The wizard keeps and
 * sends it.
 */
import { uuidv7 } from '#lib/base/id.ts';
import type { InstallDraft, InstallProof } from '#lib/contract/install.ts';

export type PhotoKind = 'number' | 'dial' | 'seal';

export type Given = Omit<InstallDraft, 'v' | 'proof' | 'sealNumber'> & {
  step: string;
  address: string;
  /** The person changed the resource by hand: the server's guess does not overwrite it. */
  resourceChosen: boolean;
  sealNumber: string;
  proof: InstallProof | null;
  /** Cells of the dial typed so far, from the left; `start` is made of them when all are there. */
  startCells: string;
  /** A tap was opened since `start` was read: the dial is read again before the next proof. */
  dialMoved: boolean;
  /** What the proof was made with (`wiringOf`): after a change it has to be made again. */
  provedWith: string;
  /** The summary was reached: every step leads back to it instead of through all that follow. */
  review: boolean;
  /** Id of the returned request that this draft puts right, or ''. */
  mends: string;
};

/** Everything a proof speaks about; equal texts need no second proof. */
export const wiringOf = (of: Pick<Given, (typeof WIRING)[number]>): string =>
  JSON.stringify(WIRING.map((key) => of[key]));
const WIRING = ['attach', 'deviceId', 'channel', 'pulseWeight', 'start', 'resource'] as const;

export const blankGiven = (now = Date.now()): Given => ({
  id: uuidv7(now, (n) => crypto.getRandomValues(new Uint8Array(n))),
  step: 'code',
  address: '',
  placeId: 0,
  resource: 'cold-water',
  resourceChosen: false,
  serial: '',
  serialFrom: 'typed',
  attach: 'pulse',
  deviceId: '',
  channel: 1,
  pulseWeight: '0.001',
  start: '',
  digits: 5,
  decimals: 3,
  photos: { number: null, dial: null, seal: null },
  sealNumber: '',
  proof: null,
  startCells: '',
  dialMoved: false,
  provedWith: '',
  review: false,
  mends: '',
  steps: [],
  startedAt: 0,
  finishedAt: 0,
});

/** A draft of this version; older ones are left aside rather than guessed at. */
export const isGiven = (stored: unknown): stored is Given =>
  typeof stored === 'object' &&
  stored !== null &&
  'serialFrom' in stored &&
  'pulseWeight' in stored &&
  'step' in stored;

/** The draft as the server takes it; what only the phone needs stays here. */
export function draftOf(given: Given): InstallDraft {
  const { step, address, resourceChosen, startCells, dialMoved, provedWith, ...more } = given;
  const { review, mends, proof, ...rest } = more;
  void [step, address, resourceChosen, startCells, dialMoved, provedWith, review, mends];
  if (!proof) throw new Error('A draft is sent only after the proof was finished.');
  return { ...rest, v: 1, sealNumber: given.sealNumber || null, proof };
}

/** A returned request as a new draft: everything as it was but the id. */
export function mendingOf(back: {
  readonly id: string;
  readonly address: string;
  readonly draft: InstallDraft;
}): Given {
  const { draft } = back;
  const blank = blankGiven();
  return {
    ...blank,
    ...draft,
    id: blank.id,
    address: back.address,
    resourceChosen: true,
    sealNumber: draft.sealNumber ?? '',
    dialMoved: true,
    provedWith: wiringOf(draft),
    review: true,
    mends: back.id,
    startedAt: Date.now(),
    finishedAt: 0,
  };
}
