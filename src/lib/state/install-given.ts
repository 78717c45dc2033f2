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
};

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
