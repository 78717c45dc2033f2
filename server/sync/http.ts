/**
 * fieldsync/1 over HTTP: status codes and JSON around the services. It knows that only 200 with our
 * shape may touch a phone's outbox, and that every other answer must leave it alone (I7). The
 * endpoints under src/routes/api call it.
 */
import { decodePush } from '#lib/contract/decode-push.ts';
import { PROTO, ZDeviceRegistration, ZPull } from '#lib/contract/fieldsync.ts';
import { ZRecover } from '#lib/contract/sealed.ts';
import type { Caller } from '#server/api/trpc.ts';
import type { App } from '#server/app.ts';
import { AppError, type AppErrorCode } from '#server/errors.ts';
import { photoPlace, readPhotoBytes, takePiece } from './photos.ts';
import { pullRounds } from './pull.ts';
import { recoverDataKey, takeContainer } from './rescue.ts';
import { pushEvents, receiptKey, registerDevice } from './service.ts';

export type Where = { readonly app: App; readonly caller: Caller | null };

const STATUS: Record<AppErrorCode, number> = {
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  invalid: 400,
  conflict: 409,
  'too-many': 429,
  unavailable: 503,
};

export const answerPush = (where: Where, request: Request): Promise<Response> =>
  answer(async () => {
    const caller = signedIn(where);
    const read = decodePush(await bodyOf(request));
    if (!read.ok) throw new AppError('invalid', read.error.code);
    return json(await pushEvents(where.app, caller, read.value));
  });

export const answerPull = (where: Where, request: Request): Promise<Response> =>
  answer(async () => {
    const caller = signedIn(where);
    const read = ZPull.safeParse(await bodyOf(request));
    if (!read.success) throw new AppError('invalid', 'bad_envelope');
    return json(await pullRounds(where.app, caller, read.data));
  });

export const answerDevice = (where: Where, request: Request): Promise<Response> =>
  answer(async () => {
    const caller = signedIn(where);
    const read = ZDeviceRegistration.safeParse(await bodyOf(request));
    if (!read.success) throw new AppError('invalid', 'bad_envelope');
    const { device, publicKey, name, dataKey } = read.data;
    return json(await registerDevice(where.app, caller, { id: device, publicKey, name, dataKey }));
  });

/** A phone whose storage was cleared gets its data key back, wrapped for its new key pair. */
export const answerRecover = (where: Where, request: Request): Promise<Response> =>
  answer(async () => {
    const caller = signedIn(where);
    const read = ZRecover.safeParse(await bodyOf(request));
    if (!read.success) throw new AppError('invalid', 'bad_envelope');
    return json(await recoverDataKey(where.app, caller, read.data));
  });

/** Sealed work of somebody's phone, carried here by whoever is signed in. */
export const answerRescue = (where: Where, request: Request): Promise<Response> =>
  answer(async () => {
    const caller = signedIn(where);
    const bytes = new Uint8Array(await request.arrayBuffer());
    return json(await takeContainer(where.app, caller, bytes));
  });

/** Public: whoever holds a receipt may check it. */
export const answerKey = ({ app }: Where): Response => json({ proto: PROTO, key: receiptKey(app) });

/** HEAD: where the upload stands. GET: the picture. PATCH: the next piece. */
export const answerPhoto = (where: Where, request: Request, sha256: string): Promise<Response> =>
  answer(async () => {
    const caller = signedIn(where);
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new AppError('not-found', 'No such picture.');
    if (request.method === 'GET') {
      const { bytes, mime } = await readPhotoBytes(where.app, caller, sha256);
      const headers = { 'content-type': mime, 'cache-control': 'private, max-age=86400' };
      return new Response(new Uint8Array(bytes), { headers });
    }
    if (request.method === 'HEAD') {
      const { offset, complete } = await photoPlace(where.app, caller, sha256);
      return new Response(null, {
        headers: {
          'kilter-proto': String(PROTO),
          'upload-offset': String(offset),
          'upload-complete': complete ? '1' : '0',
          'cache-control': 'no-store',
        },
      });
    }
    const header = (name: string): string => request.headers.get(name) ?? '';
    const place = await takePiece(where.app, caller, {
      sha256,
      offset: Number(header('upload-offset') || NaN),
      total: Number(header('upload-length') || NaN),
      mime: header('upload-type'),
      pieceSha256: header('upload-sha256'),
      bytes: new Uint8Array(await request.arrayBuffer()),
    });
    return json({ proto: PROTO, ...place });
  });

async function bodyOf(request: Request): Promise<unknown> {
  try {
    return await request.json();
  } catch {
    throw new AppError('invalid', 'bad_envelope');
  }
}

function signedIn({ caller }: Where): Caller {
  if (!caller) throw new AppError('unauthenticated', 'Sign in; what is unsent stays on the phone.');
  return caller;
}

const json = (body: object, status = 200): Response =>
  Response.json(body, { status, headers: { 'cache-control': 'no-store' } });

/** Stacks never leave the server; a phone needs the code only. */
async function answer(work: () => Promise<Response>): Promise<Response> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError) {
      return json({ proto: PROTO, error: error.code, detail: error.message }, STATUS[error.code]);
    }
    console.error('fieldsync', error);
    return json({ proto: PROTO, error: 'server-error' }, 500);
  }
}
