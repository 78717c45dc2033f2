import { describe, expect, test } from 'vitest';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, fromHex, fromLatin1, toHex } from '#lib/base/bytes.ts';
import { must } from '#lib/base/assert.ts';
import { createPrng } from '#lib/base/prng.ts';
import { decodeApdu } from '../apdu.ts';
import { wrappedKeys, type KeySource } from '../key-source.ts';
import { protect, unprotect, type Protection } from '../protection.ts';
import { openSigned, signApdu } from '../signing.ts';
import { agreedKeys, type AgreedKeyOptions } from './agreed-key.ts';
import * as ecc from './ecc.ts';
import { concatKdf, deriveKey } from './kdf.ts';
import { answerRekey } from './rekey.ts';

const hex = (text: string): Uint8Array => {
  const bytes = fromHex(text.replace(/\s/g, ''));
  if (!bytes.ok) throw new Error(bytes.error.detail);
  return bytes.value;
};
const base64 = (text: string): Uint8Array =>
  fromLatin1(atob(text.replace(/-/g, '+').replace(/_/g, '/')));

/** RFC 7518 appendix C: Alice's ephemeral and Bob's static key of P-256, as the RFC prints them. */
const ALICE = base64('0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo');
const BOB = base64('VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw');
const BOB_PUBLIC = concatBytes(
  base64('weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ'),
  base64('e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck'),
);

test('RFC 7518 appendix C: ECDH over P-256 and the concatenation KDF', () => {
  expect(ecc.publicKeyOf(1, BOB)).toEqual(BOB_PUBLIC);
  const secret = ecc.sharedSecret(1, ALICE, BOB_PUBLIC);
  if (!secret.ok) throw new Error(secret.error.detail);
  const mirrored = ecc.sharedSecret(1, BOB, ecc.publicKeyOf(1, ALICE));
  expect(mirrored).toEqual(secret);
  expect([...secret.value.subarray(0, 4)]).toEqual([158, 86, 217, 29]);
  const information = concatBytes(
    hex('00000007'),
    fromLatin1('A128GCM'),
    hex('00000005'),
    fromLatin1('Alice'),
    hex('00000003'),
    fromLatin1('Bob'),
    hex('00000080'),
  );
  const key = concatKdf(sha256, { secret: secret.value, information }, 16);
  expect(key).toEqual(base64('VqqN6vgjbSBcIijNcacQGg'));
});

test('RFC 5903 clause 8.2: ECDH over P-384', () => {
  const initiator = hex(
    `099F3C7034D4A2C699884D73A375A67F7624EF7C6B3C0F160647B67414DCE655
     E35B538041E649EE3FAEF896783AB194`,
  );
  const responder = hex(
    `41CB0779B4BDB85D47846725FBEC3C9430FAB46CC8DC5060855CC9BDA0AA2942
     E0308312916B8ED2960E4BD55A7448FC`,
  );
  const secret = ecc.sharedSecret(2, initiator, ecc.publicKeyOf(2, responder));
  expect(secret.ok && toHex(secret.value)).toBe(
    '11187331C279962D93D604243FD592CB9D0A926F422E47187521287E7156C5C4' +
      'D603135569B9E9D09CF5D4A270F59746',
  );
});

// RFC 6979 appendices A.2.5 and A.2.6: the message "sample".
test.each([
  [
    1,
    'C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721',
    `EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716
     F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8`,
  ],
  [
    2,
    `6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D8
     96D5724E4C70A825F872C9EA60D2EDF5`,
    `94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C
     81A648152E44ACF96E36DD1E80FABE46
     99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94F
     A329C145786E679E7B82C71A38628AC8`,
  ],
] as const)('RFC 6979: ECDSA of suite %s', (suite, privateKey, expected) => {
  const message = fromLatin1('sample');
  const signature = ecc.signMessage(suite, message, hex(privateKey));
  expect(toHex(signature)).toBe(toHex(hex(expected)));
  const publicKey = ecc.publicKeyOf(suite, hex(privateKey));
  expect(ecc.isSignedBy(suite, { message, signature }, publicKey)).toBe(true);
  const other = { message: fromLatin1('Sample'), signature };
  expect(ecc.isSignedBy(suite, other, publicKey)).toBe(false);
  for (const broken of [signature.subarray(1), new Uint8Array(signature.length), hex('')]) {
    expect(ecc.isSignedBy(suite, { message, signature: broken }, publicKey)).toBe(false);
  }
  expect(ecc.isSignedBy(suite, { message, signature }, publicKey.subarray(2))).toBe(false);
});

const [CLIENT, METER] = [hex('4D4D4D0000BC614E'), hex('4D4D4D0000000001')];

test('DLMS UA 1000-2, annex C table C.2: one-pass Diffie-Hellman, both directions', () => {
  const ephemeral = hex('47DAB03842E5B6E74828EF4F449B378D7DD1A5DAE1FFCA5AE0B0BE0AD18EC57E');
  const meter = hex('AAD3FD0732E991CF52A74C66C1F2827DDC53522A2E0A169D7C4FFCC0FB5D6A4D');
  const secret = ecc.sharedSecret(1, ephemeral, ecc.publicKeyOf(1, meter));
  if (!secret.ok) throw new Error(secret.error.detail);
  expect(toHex(secret.value)).toBe(
    '0D4385BA0DD756CBCAB9887EB538396EE8F090A14C1079B4359F115B977F4615',
  );
  const request = { secret: secret.value, use: 'gcm', partyU: CLIENT, partyV: METER } as const;
  expect(toHex(deriveKey(1, request))).toBe('59A71FD81C929A86A99438DA17A66C05');
  const back = hex('2B4302DC49790E2E78D990CFB52ED6E2F273DECE441A2D95E4301B93812A9FAC');
  const answer = { secret: back, use: 'gcm', partyU: METER, partyV: CLIENT } as const;
  expect(toHex(deriveKey(1, answer))).toBe('F0184BDA9466BFA4601A64A7EF46504A');
});

test('what is no point of the curve is a value, not a throw', () => {
  const prng = createPrng(186);
  for (const suite of [1, 2] as const) {
    const own = ecc.newPrivateKey(suite, (size) => prng.bytes(size));
    const size = ecc.publicKeyOf(suite, own).length;
    for (const wrong of [prng.bytes(size), new Uint8Array(size), prng.bytes(size - 1), hex('')]) {
      expect(ecc.sharedSecret(suite, own, wrong)).toMatchObject({
        ok: false,
        error: { code: 'bad_point' },
      });
    }
  }
});

const prng = createPrng(62056);
const random = (size: number): Uint8Array => prng.bytes(size);

/** Key agreement and signature keys of both sides. */
function parties(suite: ecc.EccSuite) {
  const side = () => ({
    agreement: ecc.newPrivateKey(suite, random),
    signing: ecc.newPrivateKey(suite, random),
  });
  const [client, meter] = [side(), side()];
  const sourceOf = (own: typeof client, peer: typeof client) => ({
    suite,
    own: own.agreement,
    peer: ecc.publicKeyOf(suite, peer.agreement),
    signer: ecc.eccSigner(suite, {
      own: own.signing,
      peer: ecc.publicKeyOf(suite, peer.signing),
    }),
    random,
  });
  return { client: sourceOf(client, meter), meter: sourceOf(meter, client) };
}

function agreed(options: AgreedKeyOptions): KeySource {
  const source = agreedKeys(options);
  if (!source.ok) throw new Error(source.error.detail);
  return source.value;
}

type Pair = { readonly client: KeySource | null; readonly meter: KeySource | null };
const WAYS = ['wrapped', 'one-pass', 'static'] as const;

function sourcesOf(suite: ecc.EccSuite, way: (typeof WAYS)[number]): Pair {
  if (way === 'wrapped') {
    const size = ecc.ECC_SUITES[suite].keySize;
    const source = wrappedKeys({ kek: random(size), freshKey: () => random(size) });
    return { client: source, meter: source };
  }
  const { client, meter } = parties(suite);
  return {
    client: agreed({ ...client, scheme: way }),
    meter: agreed({ ...meter, scheme: way }),
  };
}

const GET = hex('C001C100030100010800FF0200');
const protectionOf = (suite: ecc.EccSuite, keySource: KeySource | null): Protection => ({
  form: 'general-ciphering',
  control: 0x30 | suite,
  isDedicated: false,
  key: new Uint8Array(ecc.ECC_SUITES[suite].keySize).fill(1),
  authKey: new Uint8Array(ecc.ECC_SUITES[suite].keySize).fill(2),
  ownTitle: CLIENT,
  peerTitle: METER,
  keySource,
});
const receiving = (p: Protection, keySource: KeySource | null): Protection => ({
  ...p,
  ownTitle: METER,
  peerTitle: CLIENT,
  keySource,
});
const code = (bytes: Uint8Array, p: Protection): string => {
  const opened = unprotect(bytes, p);
  return opened.ok ? 'ok' : opened.error.code;
};

describe.each([1, 2] as const)('suite %d', (suite) => {
  test.each(WAYS)('general-ciphering with a key that is %s', (way) => {
    const { client, meter } = sourcesOf(suite, way);
    const p = protectionOf(suite, client);
    const sealed = protect(GET, p, 77);
    const again = protect(GET, p, 78);
    expect(unprotect(sealed, receiving(p, meter))).toEqual({
      ok: true,
      value: { plain: GET, counter: 77 },
    });
    expect(unprotect(again, receiving(p, meter))).toMatchObject({ value: { counter: 78 } });
    const read = decodeApdu(sealed);
    expect(read.ok && read.value.apdu).toMatchObject({ type: 'general-ciphering' });
    // The global key opens nothing of it, and what names the global key is not accepted.
    expect(code(sealed, receiving(p, null))).toBe('not_ciphered');
    const global = protect(GET, { ...p, keySource: null }, 79);
    expect(code(global, receiving(p, meter))).toBe('bad_key_info');
    const stranger = sourcesOf(suite, way).meter;
    expect(['bad_tag', 'bad_signature', 'bad_key_info']).toContain(
      code(sealed, receiving(p, stranger)),
    );
  });

  test.each(WAYS)('any changed byte of an APDU with a key that is %s is refused', (way) => {
    const { client, meter } = sourcesOf(suite, way);
    const p = protectionOf(suite, client);
    const sealed = protect(GET, p, 77);
    // Checking a signature takes milliseconds: one bit of every byte, of fewer on the long curve.
    for (let i = 0; i < sealed.length; i += suite === 1 ? 1 : 7) {
      const changed = sealed.slice();
      changed[i]! ^= 1 << (i & 7);
      expect(code(changed, receiving(p, meter)), `byte ${i}`).not.toBe('ok');
    }
  });

  test('ways are not taken for each other', () => {
    const keys = parties(suite);
    const onePass = agreed({ ...keys.client, scheme: 'one-pass' });
    const still = agreed({ ...keys.meter, scheme: 'static' });
    const noPoint = agreedKeys({ ...keys.client, peer: random(64), scheme: 'static' });
    expect(noPoint).toMatchObject({ ok: false, error: { code: 'bad_point' } });
    const p = protectionOf(suite, onePass);
    expect(code(protect(GET, p, 1), receiving(p, still))).toBe('bad_key_info');
    const other = protectionOf(suite === 1 ? 2 : 1, null);
    const wrongSuite = protect(GET, { ...other, form: 'service' }, 1);
    expect(code(wrongSuite, { ...receiving(p, null), form: 'service' })).toBe('not_ciphered');
  });

  test('a signed service inside its ciphering, in each form', () => {
    const { client, meter } = parties(suite);
    for (const form of ['service', 'general', 'general-ciphering'] as const) {
      const p = { ...protectionOf(suite, null), form, signer: client.signer };
      const to = { ...receiving(p, null), signer: meter.signer };
      const sealed = protect(GET, p, 5);
      expect(unprotect(sealed, to)).toMatchObject({ ok: true, value: { plain: GET } });
      expect(code(protect(GET, { ...p, signer: null }, 6), to)).toBe('not_signed');
      expect(code(sealed, { ...to, signer: parties(suite).meter.signer })).toBe('bad_signature');
    }
  });

  test('general-signing alone: made, checked, any changed byte refused', () => {
    const { client, meter } = parties(suite);
    const header = {
      transactionId: hex('0102030405060708'),
      originator: CLIENT,
      recipient: METER,
      dateTime: hex(''),
      otherInformation: hex('AA'),
    };
    const bytes = signApdu({ ...header, content: GET }, client.signer);
    expect(bytes[0]).toBe(0xdf);
    expect(openSigned(bytes, meter.signer)).toMatchObject({
      ok: true,
      value: { ...header, content: GET },
    });
    for (let i = 0; i < bytes.length; i++) {
      const changed = bytes.slice();
      changed[i]! ^= 0x20;
      expect(openSigned(changed, meter.signer).ok, `byte ${i}`).toBe(false);
    }
    expect(openSigned(GET, meter.signer)).toMatchObject({ error: { code: 'not_signed' } });
  });

  test('an answer to key agreement is refused where a key is not signed or no key', () => {
    const { meter } = parties(suite);
    const options = { suite, signer: meter.signer, client: CLIENT, meter: METER, random };
    const size = 4 * ecc.ECC_SUITES[suite].coordinate;
    const one = (id: number, value: Uint8Array) => ({
      type: 'array' as const,
      value: [
        {
          type: 'structure' as const,
          value: [
            { type: 'enum' as const, value: BigInt(id) },
            { type: 'octet-string' as const, value },
          ],
        },
      ],
    });
    const errorOf = (data: Parameters<typeof answerRekey>[0]) => {
      const answer = answerRekey(data, options);
      return answer.ok ? 'ok' : answer.error.code;
    };
    expect(errorOf(null)).toBe('bad_key_info');
    expect(errorOf(one(0, random(size)))).toBe('bad_signature');
    expect(errorOf(one(0, random(size - 1)))).toBe('bad_key_info');
    expect(errorOf(one(4, random(size)))).toBe('bad_key_info');
    expect(must(answerRekey({ type: 'array', value: [] }, options).ok, 'no key is no fault')).toBe(
      true,
    );
  });
});
