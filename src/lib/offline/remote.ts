/**
 * The server's field endpoints as functions. It knows addresses and the shape of answers, and turns
 * every way the network fails into one SyncError; it knows no storage. Only lib/offline uses it.
 */
import { type z } from 'zod/mini';
import {
  PROTO,
  ZDeviceAnswer,
  ZKeyAnswer,
  ZPhotoAnswer,
  ZPullAnswer,
  type DeviceAnswer,
  type DeviceRegistration,
  type Pull,
  type Push,
} from '#lib/contract/fieldsync.ts';
import { ZRecoverAnswer, ZRescueAnswer, type RescueAnswer } from '#lib/contract/sealed.ts';
import { readAnswer, type Came } from './answer.ts';
import { SyncError } from './errors.ts';

export type PhotoPlace = { readonly offset: number; readonly complete: boolean };

export type Remote = {
  /** The raw answer: readPushAnswer decides what it is. Throws SyncError `offline`. */
  push(push: Push): Promise<Came>;
  pull(pull: Pull): Promise<z.infer<typeof ZPullAnswer>>;
  /** Base64 of the server's Ed25519 public key. */
  receiptKey(): Promise<string>;
  registerDevice(device: DeviceRegistration): Promise<DeviceAnswer>;
  /** The data key of a cleared storage, sealed to `publicKey` (contract/sealed.ts). */
  recover(device: string, publicKey: string): Promise<string>;
  /** A colleague's work, as one container below the server's limit. */
  rescue(container: Uint8Array<ArrayBuffer>): Promise<RescueAnswer>;
  photoPlace(sha256: string): Promise<PhotoPlace>;
  sendChunk(sha256: string, chunk: PhotoChunk): Promise<PhotoPlace>;
};

export type PhotoChunk = {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly offset: number;
  readonly total: number;
  readonly mime: string;
  readonly sha256: string;
};

/** A slow-loris of a network must not hold the push lock for ever. */
const TIMEOUT_MS = 30_000;

export function httpRemote(fetch: typeof globalThis.fetch): Remote {
  const ask = (path: string, init: RequestInit) => request(fetch, path, init);
  const post = (path: string, body: unknown) =>
    ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  return {
    push: (push) => post('/api/sync/push', push),
    pull: async (pull) => must(await post('/api/sync/pull', pull), ZPullAnswer),
    receiptKey: async () => must(await ask('/api/sync/key', { method: 'GET' }), ZKeyAnswer).key,
    registerDevice: async (device) => must(await post('/api/sync/device', device), ZDeviceAnswer),
    recover: async (device, publicKey) =>
      must(await post('/api/sync/recover', { proto: PROTO, device, publicKey }), ZRecoverAnswer)
        .dataKey,
    rescue: async (container) =>
      must(
        await ask('/api/sync/rescue', {
          method: 'POST',
          headers: { 'content-type': 'application/octet-stream' },
          body: container,
        }),
        ZRescueAnswer,
      ),
    photoPlace: async (sha256) => {
      // HEAD has no body: the place is written into one, so that it is judged like any answer.
      const came = await ask(`/api/photo/${sha256}`, { method: 'HEAD' });
      return must(came, ZPhotoAnswer);
    },
    sendChunk: async (sha256, { bytes, offset, total, mime, sha256: chunkHash }) =>
      must(
        await ask(`/api/photo/${sha256}`, {
          method: 'PATCH',
          headers: {
            'content-type': 'application/octet-stream',
            'upload-offset': String(offset),
            'upload-length': String(total),
            'upload-sha256': chunkHash,
            'upload-type': mime,
          },
          body: bytes,
        }),
        ZPhotoAnswer,
      ),
  };
}

async function request(
  fetch: typeof globalThis.fetch,
  path: string,
  init: RequestInit,
): Promise<Came> {
  try {
    const response = await fetch(path, {
      ...init,
      // A portal redirects to its own page; following it would look like an answer.
      redirect: 'manual',
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body = init.method === 'HEAD' ? placeOf(response.headers) : await response.text();
    return { status: response.status, body };
  } catch (cause) {
    throw new SyncError('offline', { cause });
  }
}

const placeOf = (headers: Headers): string =>
  JSON.stringify({
    proto: Number(headers.get('kilter-proto')),
    offset: Number(headers.get('upload-offset')),
    complete: headers.get('upload-complete') === '1',
  });

function must<S extends z.core.$ZodType>(came: Came, schema: S): z.infer<S> {
  const read = readAnswer(came, schema);
  if (!read.ok) throw new SyncError(read.error);
  return read.value;
}
