/**
 * A new version of the app arrives while work is unsent: it waits for the push in flight, takes
 * over at the next start, and the outbox of the version before is sent once.
 */
import { expect, test, type Page } from '@playwright/test';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { makeHandRound } from './support/hand-round.ts';
import { expectOnce, keepUsual, prepare, sendAll } from './support/phone.ts';
import { ORIGIN, ready } from './support/world.ts';

type Proxy = {
  readonly origin: string;
  version: number;
  /** While set, the server takes a push and its answer stays here. */
  holdsAnswers: boolean;
  /** Pushes whose answer is held. */
  held: number;
  close(): void;
};

/** Our server under another port, which can serve a service worker of another version. */
async function startProxy(): Promise<Proxy> {
  const server = http.createServer((request, response) => {
    const headers = { ...request.headers, 'accept-encoding': 'identity' };
    const isWorker = request.url === '/service-worker.js' && proxy.version > 1;
    if (isWorker) delete (headers as http.IncomingHttpHeaders)['if-none-match'];
    const { method } = request;
    const onward = http.request(ORIGIN + request.url, { method, headers }, (came) => {
      if (request.url === '/api/sync/push' && proxy.holdsAnswers) return void (proxy.held += 1);
      if (!isWorker) {
        response.writeHead(came.statusCode ?? 502, came.headers);
        return void came.pipe(response);
      }
      const { 'content-length': _, etag: __, ...rest } = came.headers;
      response.writeHead(200, rest);
      came.pipe(response, { end: false });
      came.on('end', () => response.end(`\n// version ${proxy.version}\n`));
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const proxy: Proxy = {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    version: 1,
    holdsAnswers: false,
    held: 0,
    close: () => (server.closeAllConnections(), server.close()),
  };
  return proxy;
}

/** Looks for a new version; resolves true when one is there and does not serve the app yet. */
const isWaiting = (page: Page) =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    await registration.update().catch(() => undefined);
    return registration.waiting !== null;
  });

test('a new version waits for a push in flight and inherits the outbox', async ({ browser }) => {
  const round = await makeHandRound(0, 2);
  const proxy = await startProxy();
  const context = await browser.newContext({
    baseURL: proxy.origin,
    viewport: { width: 390, height: 844 },
  });
  try {
    const page = await context.newPage();
    await prepare({ context, page }, round);
    await context.setOffline(true);
    for (const meter of round.meters) await keepUsual(page, round, meter);

    proxy.version = 2;
    proxy.holdsAnswers = true;
    await context.setOffline(false);
    await expect.poll(() => proxy.held, { timeout: 30_000 }).toBeGreaterThan(0);
    await expect.poll(() => isWaiting(page), { timeout: 20_000 }).toBe(true);
    // A second window starts during the push and must not change the version under it.
    const second = await context.newPage();
    await second.goto('/field');
    await ready(second);
    expect(await isWaiting(second)).toBe(true);
    await second.close();

    // The answer never comes; the next start, without a network, is that of the new version.
    await context.setOffline(true);
    await page.goto('/field');
    const hasTakenOver = () =>
      page.evaluate(async () => {
        const { waiting, active } = await navigator.serviceWorker.ready;
        return waiting === null && active?.state === 'activated';
      });
    // The takeover reloads the page, and a question asked just then has nobody to answer it.
    await expect.poll(() => hasTakenOver().catch(() => false), { timeout: 20_000 }).toBe(true);
    await page.waitForLoadState();
    await ready(page);

    proxy.holdsAnswers = false;
    await sendAll({ context, page });
    for (const meter of round.meters) await expectOnce(meter);
  } finally {
    await context.close();
    proxy.close();
  }
});
