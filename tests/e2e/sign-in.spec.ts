/** The ways in, as people use them: link by mail, passkey, authenticator, ending a session. */
import { createOTP } from '@better-auth/utils/otp';
import { expect, test, type Page } from '@playwright/test';
import { PEOPLE, ready, setLocale, signIn, theApp } from './support/world.ts';

test.use({ viewport: { width: 390, height: 844 } });
test.beforeEach(({ context }) => setLocale(context, 'en').then(() => undefined));

async function lastMail(to: string): Promise<string> {
  const mail = await theApp().db.prisma.outboxMail.findFirst({
    where: { to },
    orderBy: { id: 'desc' },
  });
  return mail?.body ?? '';
}

test('a resident comes in by the mailed link with one tap', async ({ page }) => {
  await page.goto('/home');
  await expect(page).toHaveURL(/\/sign-in/);
  await ready(page);
  await page.getByLabel('E-mail').fill(PEOPLE.resident);
  await page.getByRole('button', { name: 'Get the link' }).click();
  await expect(page.getByRole('status')).toContainText(PEOPLE.resident);
  const link = /https?:\S+/.exec(await lastMail(PEOPLE.resident))![0];
  await page.goto(link);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(/\/home$/);
  await page.goto(link);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toContainText('used or has expired');
});

test('the mailed link leads to the page that was asked for', async ({ page }) => {
  await page.goto('/sign-in?next=/account');
  await ready(page);
  await page.getByLabel('E-mail').fill(PEOPLE.resident);
  await page.getByRole('button', { name: 'Get the link' }).click();
  await expect(page.getByRole('status')).toContainText(PEOPLE.resident);
  await page.goto(/https?:\S+/.exec(await lastMail(PEOPLE.resident))![0]);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(/\/account$/);
});

async function virtualAuthenticator(page: Page) {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

test('a passkey added once opens the next session without mail', async ({ page }) => {
  await virtualAuthenticator(page);
  await signIn(page, PEOPLE.reader, '/account');
  await ready(page);
  const stored = page.waitForResponse(/\/passkey\/verify-registration/);
  await page.getByRole('button', { name: 'Add this device’s passkey' }).click();
  expect((await stored).ok()).toBe(true);
  await page.getByRole('button', { name: 'Sign out on this device' }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await ready(page);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await expect(page).toHaveURL(/\/field$/);
  await page.goto('/account');
  await ready(page);
  await page.getByRole('button', { name: 'Remove' }).first().click();
  await expect(page.getByText('No passkeys yet')).toBeVisible();
});

test('staff with an authenticator must give its code before the desk opens', async ({ page }) => {
  await signIn(page, PEOPLE.stranger, '/account');
  await ready(page);
  await page.getByRole('button', { name: 'Set up an authenticator' }).click();
  const secret = (await page.locator('.mono').first().textContent())!.trim();
  const code = async () => {
    // The address carries the secret in base32; the generator takes the text it encodes.
    return createOTP(fromBase32(secret)).totp();
  };
  await page.getByLabel('Six digits').fill(await code());
  await page.getByRole('button', { name: 'Check the code' }).click();
  await expect(page.getByText('The second factor is on')).toBeVisible();
  await page.getByRole('button', { name: 'Sign out on this device' }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await signIn(page, PEOPLE.stranger, '/account');
  await expect(page).toHaveURL(/\/sign-in\/code/);
  await ready(page);
  await page.getByLabel('Six digits').fill(await code());
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(/\/desk/);
});

function fromBase32(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  let bits = '';
  for (const c of text.replace(/=+$/, '')) bits += alphabet.indexOf(c).toString(2).padStart(5, '0');
  const bytes = bits.match(/.{8}/g) ?? [];
  return String.fromCharCode(...bytes.map((b) => parseInt(b, 2)));
}

test('a session ended elsewhere is out at once', async ({ browser }) => {
  // Other tests signed the same person in; the list must hold these two only.
  await theApp().db.prisma.session.deleteMany({ where: { user: { email: PEOPLE.tenant } } });
  const phone = await browser.newContext();
  const laptop = await browser.newContext();
  const phonePage = await phone.newPage();
  const laptopPage = await laptop.newPage();
  await setLocale(laptop, 'en');
  await signIn(phonePage, PEOPLE.tenant, '/account');
  await signIn(laptopPage, PEOPLE.tenant, '/account');
  await ready(laptopPage);
  const end = laptopPage.getByRole('button', { name: 'End session' });
  await expect(end).toHaveCount(1);
  await end.click();
  await expect(end).toHaveCount(0);
  await phonePage.goto('/account');
  await expect(phonePage).toHaveURL(/\/sign-in/);
  await phone.close();
  await laptop.close();
});
