/**
 * The external test vectors as bytes and keys, for benchmarks, fuzzing and round trips. They lie
 * beside the repository, with the scorer that knows their forms, and may be absent. Judges nothing.
 */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { fromHex, fromLatin1 } from '#lib/base/bytes.ts';

const SCORER = fileURLToPath(new URL('../../../shared/vectors/score.mjs', import.meta.url));
const FOLDER = dirname(SCORER);

export type MeterCase = {
  /** Name of the file without its ending: `wmbus`, `dlms_push` … */
  readonly file: string;
  readonly id: string;
  readonly protocol: string;
  readonly bytes: Uint8Array;
  readonly key: Uint8Array | null;
  readonly authKey: Uint8Array | null;
  readonly octetStuffing: boolean;
  readonly direction: 'request' | 'response' | null;
  readonly dongle: string | null;
};

type Loaded = { readonly file: string; readonly input: Readonly<Record<string, unknown>> };
type Scorer = {
  readonly FILES: readonly string[];
  loadCases(folder: string, only: readonly string[]): readonly Loaded[];
};

const scorer = existsSync(SCORER) ? ((await import(pathToFileURL(SCORER).href)) as Scorer) : null;

export const areVectorsHere = (): boolean => scorer !== null;
export const vectorFiles = (): readonly string[] => scorer?.FILES ?? [];

const bytesOf = (value: unknown): Uint8Array | null => {
  const read = typeof value === 'string' && value ? fromHex(value) : null;
  return read?.ok ? read.value : null;
};

function caseOf({ file, input }: Loaded): readonly MeterCase[] {
  const { ascii, direction, dongle } = input;
  const bytes = typeof ascii === 'string' ? fromLatin1(ascii) : bytesOf(input.hex);
  if (!bytes) return [];
  return [
    {
      file,
      id: String(input.id),
      protocol: String(input.protocol),
      bytes,
      key: bytesOf(input.key),
      authKey: bytesOf(input.auth_key),
      octetStuffing: input.octet_stuffing === true,
      direction: direction === 'request' || direction === 'response' ? direction : null,
      dongle: typeof dongle === 'string' ? dongle : null,
    },
  ];
}

/** Every case of `files` that has bytes of its own, in the order of the file. */
export const loadMeterCases = (...files: readonly string[]): readonly MeterCase[] =>
  scorer?.loadCases(FOLDER, files).flatMap(caseOf) ?? [];
