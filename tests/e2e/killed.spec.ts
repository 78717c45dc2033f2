/**
 * The app and its PostgreSQL are killed while phones push: what was acknowledged is stored, once,
 * and everything comes back by itself. `npm run bench -- kill` does it twenty times under twenty.
 */
import { expect, test } from '@playwright/test';
import { createSignInPath } from '#server/access/sign-in.ts';
import { must } from '#lib/base/assert.ts';
import { cookieFrom, killUnderLoad } from '../support/kill-server.ts';
import { ORIGIN, PEOPLE, theApp } from './support/world.ts';

test('three kills under eight pushing phones lose and double nothing', async () => {
  const app = theApp();
  const { id } = await app.db.prisma.user.findUniqueOrThrow({ where: { email: PEOPLE.reader } });
  const damage = await killUnderLoad(
    {
      origin: ORIGIN,
      folder: must(process.env['KILTER_E2E_DIR'], 'playwright.config.ts names the data folder'),
      cookie: await cookieFrom(ORIGIN + (await createSignInPath(app, PEOPLE.reader, '/'))),
      userId: id,
      clients: 8,
      kills: 3,
      seed: 1,
      say: () => {},
    },
    async (sql, values) => (await app.db.pool.query(sql, values)).rows,
  );
  expect(damage).toMatchObject({ lost: 0, twice: 0, partial: 0 });
  expect(damage.failedPushes).toBeGreaterThan(0);
  expect(damage.acknowledged).toBeGreaterThan(100);
});
