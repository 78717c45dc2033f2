import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fromHex, toHex } from '#lib/base/bytes.ts';
import { decodeApdu, encodeApdu } from '#lib/meters/dlms/apdu.ts';
import { encodeData } from '#lib/meters/dlms/axdr.ts';
import { encodeHdlc } from '#lib/meters/dlms/hdlc/frame.ts';
import { splitHdlc } from '#lib/meters/dlms/hdlc/stream.ts';
import { readPush } from '#lib/meters/dlms/push.ts';

/** External test vectors lie beside the repository; they are not ours to ship. */
const DIRECTORY = join(import.meta.dirname, '../../../shared/vectors');
const isThere = existsSync(join(DIRECTORY, 'hdlc.jsonl'));

type Case = {
  readonly id: string;
  readonly bytes: Uint8Array;
  readonly json: Record<string, unknown>;
};

const bytesOf = (value: unknown): Uint8Array | null => {
  const read = typeof value === 'string' ? fromHex(value) : null;
  return read?.ok ? read.value : null;
};

const load = (file: string): readonly Case[] =>
  readFileSync(join(DIRECTORY, `${file}.jsonl`), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const json = JSON.parse(line) as Record<string, unknown>;
      const bytes = bytesOf(json.hex);
      return bytes ? [{ id: String(json.id), bytes, json }] : [];
    });

test.skipIf(!isThere)(
  'every frame, APDU and body of the external vectors encodes to its bytes',
  () => {
    const count = { frames: 0, apdus: 0, bodies: 0 };
    const cases = ['hdlc', 'dlms_push', 'dlms_apdu', 'dlms_security'].flatMap(load);
    for (const { id, bytes, json } of cases) {
      for (const { bytes: whole, read } of splitHdlc(bytes, json.octet_stuffing === true)) {
        if (!read.ok) continue;
        count.frames++;
        const { frame, addressSizes } = read.value;
        expect(toHex(encodeHdlc(frame, addressSizes)), id).toBe(toHex(whole));
      }
      const apdu = decodeApdu(bytes);
      if (apdu.ok) {
        count.apdus++;
        // In canonical form: without the noted forms of the sender.
        expect(toHex(encodeApdu(apdu.value.apdu)), id).toBe(toHex(bytes));
      }
      const keys = { key: bytesOf(json.key), authKey: bytesOf(json.auth_key) };
      for (const { body, inner } of readPush(bytes, keys).notifications) {
        if (!body || !inner || !('data' in inner) || !(inner.data instanceof Uint8Array)) continue;
        count.bodies++;
        expect(toHex(encodeData(body)), id).toBe(toHex(inner.data));
      }
    }
    expect(count.frames).toBeGreaterThan(50);
    expect(count.apdus).toBeGreaterThan(50);
    expect(count.bodies).toBeGreaterThan(40);
  },
);
