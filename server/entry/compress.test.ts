import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { compressed } from './compress.ts';

const TEXT = 'показания '.repeat(500);
const asking = (encodings: string) =>
  new Request('http://localhost/', { headers: { 'accept-encoding': encodings } });
const answer = (type: string, headers: Record<string, string> = {}) =>
  new Response(TEXT, { headers: { 'Content-Type': type, ...headers } });

test('a page arrives as gzip and unpacks to the same text', async () => {
  const response = compressed(asking('br, gzip'), answer('text/html', { ETag: '"a"' }));
  const bytes = Buffer.from(await response.arrayBuffer());
  expect(response.headers.get('Content-Encoding')).toBe('gzip');
  expect(response.headers.get('Vary')).toBe('Accept-Encoding');
  expect(response.headers.get('ETag')).toBe('W/"a"');
  expect(bytes.length).toBeLessThan(500);
  expect(gunzipSync(bytes).toString()).toBe(TEXT);
});

test.each([
  ['a browser that does not take gzip', 'identity', answer('text/html')],
  ['a browser that refuses gzip', 'gzip;q=0', answer('text/html')],
  ['an event stream', 'gzip', answer('text/event-stream')],
  ['a photo', 'gzip', answer('image/jpeg')],
  ['a body that is compressed already', 'gzip', answer('text/html', { 'Content-Encoding': 'br' })],
  ['a body of one packet', 'gzip', answer('text/html', { 'Content-Length': '900' })],
])('%s gets the bytes as they are', async (_name, encodings, response) => {
  const given = response.headers.get('Content-Encoding');
  const result = compressed(asking(encodings), response);
  expect(result.headers.get('Content-Encoding')).toBe(given);
  expect(await result.text()).toBe(TEXT);
});

test('an empty answer stays empty', () => {
  const response = new Response(null, { status: 304, headers: { 'Content-Type': 'text/html' } });
  expect(compressed(asking('gzip'), response)).toBe(response);
});
