/**
 * Practice keys of simulated meters in security suites 1 and 2: the same each time and known to
 * everybody, so that anybody can try them. Knows both sides: what the meter has, and the file that
 * `read-dlms.ts` takes. Called by `dlms-simulate.ts` and tests.
 */
import { randomBytes } from 'node:crypto';
import { must } from '#lib/base/assert.ts';
import { fromLatin1, toHex } from '#lib/base/bytes.ts';
import { createPrng } from '#lib/base/prng.ts';
import { wrappedKeys } from '#lib/meters/dlms/key-source.ts';
import { agreedKeys } from '#lib/meters/dlms/suites/agreed-key.ts';
import {
  ECC_SUITES,
  eccSigner,
  newPrivateKey,
  publicKeyOf,
  type EccSuite,
} from '#lib/meters/dlms/suites/ecc.ts';
import { agreeKeysBy } from '#lib/sim/devices/dlms/key-agreement.ts';
import type { ServerOptions } from '#lib/sim/devices/dlms/server.ts';
import type { KeyFile } from './dlms-keys.ts';

export const KEY_WAYS = ['global', 'wrapped', 'one-pass', 'static'] as const;
export type KeyWay = (typeof KEY_WAYS)[number];

export type Practice = { readonly suite: EccSuite; readonly way: KeyWay };

const METER_TITLE = fromLatin1('KLT00001');
const CLIENT_TITLE = fromLatin1('KLTREAD1');
const fresh = (size: number): Uint8Array => new Uint8Array(randomBytes(size));

/** Every key of both sides. */
function practiceKeys(suite: EccSuite) {
  const prng = createPrng(suite);
  const random = (size: number): Uint8Array => prng.bytes(size);
  const side = () => ({
    agreement: newPrivateKey(suite, random),
    signing: newPrivateKey(suite, random),
  });
  const { keySize } = ECC_SUITES[suite];
  const [key, authKey, kek] = [random(keySize), random(keySize), random(keySize)];
  return { key, authKey, kek, client: side(), meter: side() };
}

const publicOf = (suite: EccSuite, key: Uint8Array): Uint8Array => publicKeyOf(suite, key);

/** What the reader's command is given. */
export function practiceKeyFile({ suite, way }: Practice): KeyFile {
  const { key, authKey, kek, client, meter } = practiceKeys(suite);
  const shared = { systemTitle: toHex(CLIENT_TITLE), suite, nextCounter: 1 };
  const keys = { ...shared, key: toHex(key), authKey: toHex(authKey) };
  if (way === 'global') return keys;
  if (way === 'wrapped') return { ...keys, kek: toHex(kek) };
  const ecc = {
    scheme: way,
    agreement: toHex(client.agreement),
    signing: toHex(client.signing),
    meterAgreement: toHex(publicOf(suite, meter.agreement)),
    meterSigning: toHex(publicOf(suite, meter.signing)),
  };
  return { ...keys, ecc };
}

/** What the meter is made with beside its objects, and its method that agrees on new keys. */
export function practiceMeter({ suite, way }: Practice) {
  const { key, authKey, kek, client, meter } = practiceKeys(suite);
  const signer = eccSigner(suite, {
    own: meter.signing,
    peer: publicOf(suite, client.signing),
  });
  const size = ECC_SUITES[suite].keySize;
  const keySourceOf = (): ServerOptions['keySource'] => {
    if (way === 'global') return null;
    if (way === 'wrapped') return wrappedKeys({ kek, freshKey: () => fresh(size) });
    const peer = publicOf(suite, client.agreement);
    const pair = { own: meter.agreement, peer, signer, random: fresh };
    const agreed = agreedKeys({ suite, scheme: way, ...pair });
    return must(agreed.ok ? agreed.value : null, 'practice keys are points of the curve');
  };
  const titles = { client: CLIENT_TITLE, meter: METER_TITLE };
  const current = { key, authKey };
  return {
    security: {
      suite,
      agreeKeys: agreeKeysBy({ suite, signer, random: fresh, ...titles }, (keys) => {
        for (const { keyId, key: agreed } of keys) {
          if (keyId === 0) current.key = agreed;
          if (keyId === 2) current.authKey = agreed;
        }
      }),
    },
    server: {
      suite,
      systemTitle: METER_TITLE,
      keySource: keySourceOf(),
      get key() {
        return current.key;
      },
      get authKey() {
        return current.authKey;
      },
    },
  };
}
