/**
 * Compresses the pages and answers that are made on request; files are compressed at build time.
 *
 * It knows HTTP headers and nothing of Kilter. hooks.server.ts calls it last. Event streams pass
 * untouched, because a compressor would hold their events back.
 */
const TEXT = /^(text\/(?!event-stream)|application\/(json|jsonl|manifest\+json)|image\/svg)/;

/** The same response, with gzip where the browser takes it and the text is worth it. */
export function compressed(request: Request, response: Response): Response {
  if (!response.body || !isWorthIt(response.headers)) return response;
  response.headers.append('Vary', 'Accept-Encoding');
  const accepted = request.headers.get('accept-encoding') ?? '';
  if (!/\bgzip\b(?!\s*;\s*q=0(\.0*)?\b)/.test(accepted)) return response;
  const headers = new Headers(response.headers);
  headers.set('Content-Encoding', 'gzip');
  headers.delete('Content-Length');
  // A strong tag promises equal bytes, which another encoding has not.
  const tag = headers.get('ETag');
  if (tag && !tag.startsWith('W/')) headers.set('ETag', `W/${tag}`);
  const { status, statusText } = response;
  const body = response.body.pipeThrough(new CompressionStream('gzip'));
  return new Response(body, { status, statusText, headers });
}

/** An answer that fits one frame of the network gains nothing. */
const SMALLEST_BYTES = 1400;

function isWorthIt(headers: Headers): boolean {
  if (headers.has('Content-Encoding')) return false;
  if (!TEXT.test(headers.get('Content-Type') ?? '')) return false;
  const length = headers.get('Content-Length');
  return length === null || Number(length) >= SMALLEST_BYTES;
}
