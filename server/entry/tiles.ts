/**
 * Map tiles from the organisation's map server, handed on to phones.
 *
 * It knows the one configured address and what a tile may be; it keeps nothing (phones do). Handed
 * on instead of linked, because a phone's map then needs no foreign address in its pages, no third
 * party learns where readers walk, and one service worker keeps the pictures. Only the endpoints
 * under src/routes/api/tile call it.
 */
import type { App } from '#server/app.ts';
import type { Caller } from '#server/api/trpc.ts';

type Where = { readonly app: App; readonly caller: Caller | null };

export const MAX_ZOOM = 19;
/** A raster tile of 512 pixels in PNG stays far below. */
const TILE_LIMIT_BYTES = 512 * 1024;
const TIMEOUT_MS = 8_000;
const MONTH_S = 30 * 24 * 3600;

/** Whether there are tiles: 200 with their credit and deepest zoom, 204 without. */
export function answerTileFacts({ app, caller }: Where): Response {
  if (!caller) return new Response(null, { status: 401 });
  if (!app.config.KILTER_TILES) return new Response(null, { status: 204 });
  return Response.json({ credit: app.config.KILTER_TILES_CREDIT, maxZoom: MAX_ZOOM });
}

/**
 * One tile; 404 without a map server or for a tile that no map has, 502 when it does not answer.
 */
export async function answerTile(
  { app, caller }: Where,
  name: { readonly z: string; readonly x: string; readonly y: string },
): Promise<Response> {
  if (!caller) return new Response(null, { status: 401 });
  const address = addressOf(app.config.KILTER_TILES, name);
  if (!address) return new Response(null, { status: 404 });
  try {
    const answer = await fetch(address, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { 'User-Agent': 'Kilter' },
    });
    const mime = answer.headers.get('content-type') ?? '';
    if (answer.status === 404 || answer.status === 204) return new Response(null, { status: 404 });
    // What is no picture must never be shown under our own address.
    if (!answer.ok || !/^image\/(png|jpeg|webp|avif)\b/.test(mime)) throw new Error('no tile');
    return new Response(await smallBody(answer), {
      headers: { 'Content-Type': mime, 'Cache-Control': `private, max-age=${MONTH_S}` },
    });
  } catch {
    return new Response(null, { status: 502 });
  }
}

/** Null unless the three are numbers of a tile that exists at that zoom. */
export function addressOf(
  template: string | undefined,
  name: { readonly z: string; readonly x: string; readonly y: string },
): string | null {
  if (!template || ![name.z, name.x, name.y].every((one) => /^\d{1,7}$/.test(one))) return null;
  const [z, x, y] = [Number(name.z), Number(name.x), Number(name.y)];
  if (z > MAX_ZOOM || x >= 2 ** z || y >= 2 ** z) return null;
  return template.replace('{z}', `${z}`).replace('{x}', `${x}`).replace('{y}', `${y}`);
}

async function smallBody(answer: Response): Promise<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of answer.body ?? []) {
    size += part.byteLength;
    if (size > TILE_LIMIT_BYTES) throw new Error('too large for a tile');
    parts.push(part);
  }
  const body = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    body.set(part, at);
    at += part.byteLength;
  }
  return body.buffer;
}
