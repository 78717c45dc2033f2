/**
 * `npx tsx server/cli/demo-links.ts`: prints a one-time sign-in link for each person of the demo.
 *
 * It knows the demo's addresses; how a link is made and used is server/access. The launcher calls
 * it after the start; it prints nothing where the demo town is absent.
 */
import { createApp, type App } from '#server/app.ts';
import { readConfig } from '#server/config.ts';
import { createSignInLink } from '#server/access/sign-in.ts';
import { INVITATION_CODE, PEOPLE } from './seed/people.ts';

const WHAT: Readonly<Record<keyof typeof PEOPLE, string>> = {
  resident: 'resident, flat 37',
  safin: 'reader',
  orlova: 'operator',
  tenant: 'tenant who installs',
  nordwerk: 'operator of another organisation',
};

/** Links for those demo people who exist in this database. */
export async function makeDemoLinks(app: App): Promise<{ what: string; link: string }[]> {
  const links: { what: string; link: string }[] = [];
  for (const who of Object.keys(WHAT) as (keyof typeof PEOPLE)[]) {
    const { email } = PEOPLE[who];
    const known = await app.db.prisma.user.findUnique({ where: { email } });
    if (known) links.push({ what: WHAT[who], link: await createSignInLink(app, email) });
  }
  return links;
}

async function main(): Promise<void> {
  const app = createApp(readConfig(process.env));
  try {
    const links = await makeDemoLinks(app);
    if (links.length === 0) return;
    process.stdout.write('Sign in as (each link works once, for 12 hours):\n');
    const width = Math.max(...links.map(({ what }) => what.length));
    for (const { what, link } of links) {
      process.stdout.write(`  ${what.padEnd(width)}  ${link}\n`);
    }
    process.stdout.write(`  Invitation code of the tenant: ${INVITATION_CODE}\n`);
  } finally {
    await app.close();
  }
}

if (process.argv[1]?.endsWith('demo-links.ts')) {
  main().catch((error: unknown) => {
    process.stderr.write(`The demo links could not be made: ${String(error)}\n`);
    process.exitCode = 1;
  });
}
