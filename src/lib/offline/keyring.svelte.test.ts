import { Dexie } from 'dexie';
import { afterEach, expect, test } from 'vitest';
import { fromBase64, fromUtf8, toBase64, toHex } from '#lib/base/bytes.ts';
import { DAY_MS } from '#lib/base/interval.ts';
import { keyContextText, wrappedKeyText } from '#lib/contract/round-keys.ts';
import type { RoundMeter, RoundPackage } from '#lib/contract/round.ts';
import { PhoneDatabase } from './database.ts';
import { forgetAllKeys, forgetExpiredKeys, openKeyring } from './keyring.ts';
import { putRound, sealRound } from './round-packs.ts';
import { openSnapshots } from './snapshots.ts';
import { Vault } from './vault.ts';

const DEVICE = '00000000-0000-7000-8000-00000000000d';
const SECRET = Uint8Array.from({ length: 16 }, (_, i) => 0xc0 + i);
const VALID_TO = Date.UTC(2026, 10, 24);

let db: PhoneDatabase | null = null;
let made = 0;

afterEach(async () => {
  const name = db?.name;
  db?.close();
  if (name) await Dexie.delete(name);
});

/** What the server does (server/sync/wrap-keys.ts), with the browser's own cryptography. */
async function wrap(publicKey: string, roundId: number, keysValidTo: number) {
  const { subtle } = crypto;
  const curve = { name: 'ECDH', namedCurve: 'P-256' };
  const ours = await subtle.generateKey(curve, true, ['deriveBits']);
  const point = fromBase64(publicKey);
  if (!point.ok) throw new Error('base64');
  const raw = new Uint8Array(point.value);
  const peer = await subtle.importKey('raw', raw, curve, false, []);
  const shared = await subtle.deriveBits({ name: 'ECDH', public: peer }, ours.privateKey, 256);
  const sender = new Uint8Array(await subtle.exportKey('raw', ours.publicKey));
  const material = await subtle.importKey('raw', shared, 'HKDF', false, ['deriveKey']);
  const text = keyContextText({ device: DEVICE, roundId, keysValidTo });
  const info = new Uint8Array(fromUtf8(text));
  const key = await subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: sender, info },
    material,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt'],
  );
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const additionalData = new Uint8Array(fromUtf8(wrappedKeyText(7)));
  const sealed = await subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, key, SECRET);
  return { senderKey: toBase64(sender), wrapped: toBase64(join(iv, new Uint8Array(sealed))) };
}

const join = (a: Uint8Array, b: Uint8Array) => Uint8Array.from([...a, ...b]);

async function phoneWithRound(clock: { at: number }) {
  const raw = Uint8Array.from({ length: 32 }, (_, i) => i);
  db = new PhoneDatabase(`kilter-keys-${Date.now()}-${made++}`, new Vault(raw));
  const keyring = openKeyring(db, { device: DEVICE, now: async () => clock.at });
  const { senderKey, wrapped } = await wrap(await keyring.publicKey(), 1, VALID_TO);
  await put(roundOf(senderKey, [{ meterId: 7, wrappedKey: wrapped }]));
  return { keyring, senderKey, wrapped };
}

type Change = { readonly keysValidTo?: number; readonly roundId?: number };

function roundOf(
  senderKey: string,
  meters: readonly { meterId: number; wrappedKey: string }[],
  change: Change = {},
): RoundPackage {
  return {
    roundId: 1,
    name: '',
    house: '',
    dueOn: '2026-11-21',
    status: 'planned',
    keysValidTo: VALID_TO,
    senderKey,
    meters: meters.map((meter) => ({ ...METER, ...meter })),
    ...change,
  };
}

const METER: RoundMeter = {
  meterId: 0,
  pointId: 1,
  sequence: 1,
  resource: 'cold-water',
  serial: '77001234',
  manufacturer: null,
  radioId: null,
  protocol: 'wmbus',
  flat: null,
  entrance: null,
  floor: null,
  address: 'Лесная, 14',
  hint: null,
  register: 10,
  digits: 5,
  decimals: 3,
  history: [],
  usualPerDay: null,
  state: 'ahead',
  wrappedKey: null,
};

async function put(round: RoundPackage): Promise<void> {
  await putRound(db!, await sealRound(db!, round, 0));
}

/** Every byte and text of every table, as one hex string; keys show as what the browser gives. */
async function dump(from: PhoneDatabase): Promise<string> {
  const parts: string[] = [];
  const walk = (value: unknown): void => {
    if (value instanceof ArrayBuffer) parts.push(toHex(new Uint8Array(value)));
    else if (ArrayBuffer.isView(value)) parts.push(toHex(new Uint8Array(value.buffer)));
    else if (typeof value === 'string') {
      parts.push(toHex(fromUtf8(value)));
      const bytes = fromBase64(value);
      if (bytes.ok) parts.push(toHex(bytes.value));
    } else if (value && typeof value === 'object') Object.values(value).forEach(walk);
  };
  for (const table of from.tables) walk(await table.toArray());
  return parts.join('|');
}

test('a wrapped key opens on this phone, in memory only', async () => {
  const { keyring } = await phoneWithRound({ at: VALID_TO - DAY_MS });
  const keys = await keyring.openRound(1);
  expect([...keys]).toEqual([[7, SECRET]]);
  expect(await dump(db!)).not.toContain(toHex(SECRET));
});

test('a round rests without its serial numbers and addresses', async () => {
  await phoneWithRound({ at: 0 });
  const rest = await dump(db!);
  for (const text of [METER.serial, METER.address]) {
    expect(rest).not.toContain(toHex(fromUtf8(text)));
  }
});

test('after its days the key is refused and gone, whatever the clock says later', async () => {
  const clock = { at: VALID_TO };
  const { keyring } = await phoneWithRound(clock);
  await expect(keyring.openRound(1)).rejects.toMatchObject({ code: 'key-expired' });
  clock.at = VALID_TO - DAY_MS;
  expect([...(await keyring.openRound(1))]).toEqual([]);
  expect(await db!.roundKeys.count()).toBe(0);
});

test('expired keys are removed without anybody asking for them', async () => {
  await phoneWithRound({ at: 0 });
  await forgetExpiredKeys(db!, VALID_TO);
  expect(await db!.roundKeys.count()).toBe(0);
});

test('a prolonged expiry, another meter or another phone opens nothing', async () => {
  const { keyring, senderKey, wrapped } = await phoneWithRound({ at: 0 });
  const one = [{ meterId: 7, wrappedKey: wrapped }];
  await put(roundOf(senderKey, one, { keysValidTo: VALID_TO + DAY_MS }));
  await expect(keyring.openRound(1)).rejects.toMatchObject({ code: 'key-unreadable' });
  await put(roundOf(senderKey, one));
  expect((await keyring.openRound(1)).size).toBe(1);
  await put(roundOf(senderKey, [{ meterId: 8, wrappedKey: wrapped }]));
  await expect(keyring.openRound(1)).rejects.toMatchObject({ code: 'key-unreadable' });
});

test('a blocked phone has no key left, not even one that opens its own rows', async () => {
  const { keyring } = await phoneWithRound({ at: 0 });
  await forgetAllKeys(db!);
  expect([await db!.roundKeys.count(), await db!.keyring.count()]).toEqual([0, 0]);
  expect([...(await keyring.openRound(1))]).toEqual([]);
});

test('no key of the phone can be exported, and snapshots do not show their content', async () => {
  const { keyring } = await phoneWithRound({ at: 0 });
  await keyring.publicKey();
  await openSnapshots(db!, () => 0).put('home', { name: 'Иванова' });
  for (const { key } of await db!.keyring.toArray()) {
    const secret = 'privateKey' in key ? key.privateKey : key;
    expect(secret.extractable).toBe(false);
    for (const format of ['raw', 'pkcs8', 'jwk'] as const) {
      await expect(crypto.subtle.exportKey(format as 'jwk', secret)).rejects.toThrow();
    }
  }
  expect(await dump(db!)).not.toContain(toHex(fromUtf8('Иванова')));
});
