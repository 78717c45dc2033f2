/**
 * Keys of a DLMS meter in a file: `npm run read -- dlms ADDRESS --keys meter.json`. The next
 * invocation counter is kept in the same file and written before anything is sent with it. Knows
 * the file; what keys do is known by `src/lib/meters/dlms`. Called by `read-dlms.ts`.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { fromHex } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import type { Ciphering, ClientKeys } from '#lib/meters/dlms/client/context.ts';
import { wrappedKeys } from '#lib/meters/dlms/key-source.ts';

const hex = z.string().transform((text, context) => {
  const bytes = fromHex(text);
  if (bytes.ok) return bytes.value;
  context.addIssue({ code: 'custom', message: bytes.error.detail });
  return z.NEVER;
});

/** Private keys are ours, public ones the meter's. */
const ecc = z.object({
  scheme: z.enum(['one-pass', 'static']),
  agreement: hex,
  signing: hex,
  meterAgreement: hex,
  meterSigning: hex,
  signsServices: z.boolean().default(false),
});

const KEY_FILE = z.object({
  systemTitle: hex,
  suite: z.union([z.literal(0), z.literal(1), z.literal(2)]).default(0),
  key: hex,
  authKey: hex,
  nextCounter: z.int().min(0).max(0xffff_ffff).default(0),
  /** Present: every APDU carries its own key under this master key. */
  kek: hex.optional(),
  /** Present: keys are agreed. Suites 1 and 2. */
  ecc: ecc.optional(),
});

export type KeyFile = z.input<typeof KEY_FILE>;
type Parsed = z.output<typeof KEY_FILE>;

export type MeterKeys = {
  readonly keys: ClientKeys;
  readonly ciphering: Ciphering;
  /** Keeps the next counter. Errors: `no_store`. */
  persist(counter: number): Result<null>;
};

const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size));

/** Curves are loaded only where a file asks for them. */
async function agreedBy({ suite, ecc: given }: Parsed): Promise<Result<Partial<Ciphering>>> {
  if (!given) return ok({});
  if (suite === 0) return fault('bad_keys', 'Suite 0 agrees on no keys.');
  const [{ agreedKeys }, { eccSigner }] = await Promise.all([
    import('#lib/meters/dlms/suites/agreed-key.ts'),
    import('#lib/meters/dlms/suites/ecc.ts'),
  ]);
  const { scheme, agreement: own, meterAgreement: peer, signsServices } = given;
  const signer = eccSigner(suite, { own: given.signing, peer: given.meterSigning });
  const keySource = agreedKeys({ suite, scheme, own, peer, signer, random });
  if (!keySource.ok) return keySource;
  return ok({ keySource: keySource.value, ...(signsServices && { signer }) });
}

async function cipheringOf(file: Parsed): Promise<Result<Ciphering>> {
  const agreed = await agreedBy(file);
  if (!agreed.ok) return agreed;
  const { kek, suite, key } = file;
  const size = suite === 2 ? 32 : 16;
  if (key.length !== size || file.authKey.length !== size) {
    return fault('bad_keys', `Keys of suite ${suite} have ${size} bytes.`);
  }
  const wrapped = kek && { keySource: wrappedKeys({ kek, freshKey: () => random(size) }) };
  const form = kek || file.ecc ? 'general-ciphering' : 'service';
  return ok({ form, control: 0x30 | suite, dedicatedKey: null, ...wrapped, ...agreed.value });
}

/** Errors: `bad_keys` with words for the person. */
export async function readKeyFile(path: string): Promise<Result<MeterKeys>> {
  let given: object;
  try {
    given = JSON.parse(readFileSync(path, 'utf8')) as object;
  } catch (cause) {
    return fault('bad_keys', `${path}: ${cause instanceof Error ? cause.message : 'unreadable'}`);
  }
  const parsed = KEY_FILE.safeParse(given);
  if (!parsed.success) return fault('bad_keys', `${path}: ${z.prettifyError(parsed.error)}`);
  const { systemTitle, key, authKey, nextCounter } = parsed.data;
  const ciphering = await cipheringOf(parsed.data);
  if (!ciphering.ok) return ciphering;
  return ok({
    keys: { systemTitle, key, authKey, nextCounter, counterObis: null },
    ciphering: ciphering.value,
    persist(counter) {
      try {
        // A file half written would lose the keys: it takes the old one's place when it is whole.
        writeFileSync(`${path}.new`, `${JSON.stringify({ ...given, nextCounter: counter })}\n`, {
          mode: 0o600,
        });
        renameSync(`${path}.new`, path);
        return ok(null);
      } catch {
        return fault('no_store', `The counter cannot be kept in ${path}.`);
      }
    },
  });
}
