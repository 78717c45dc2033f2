/**
 * Talks to better-auth's endpoints from the account pages. The client is loaded on first use: no
 * other page pays for it. Answers are values; `code` is translated by the page.
 */
import { fault, ok, type Result } from '#lib/base/result.ts';

type Answer<T> = { data: T | null; error: { code?: string; status?: number } | null };

/** Turns the client's {data, error} pair into a Result; no network is its own code. */
async function ask<T>(call: () => Promise<Answer<T>>): Promise<Result<T>> {
  try {
    const { data, error } = await call();
    if (error) {
      const limited = error.status === 429;
      return fault(limited ? 'too_many' : (error.code ?? 'refused').toLowerCase(), 'refused');
    }
    return ok(data as T);
  } catch {
    return fault('offline', 'The server cannot be reached.');
  }
}

async function client() {
  const [{ createAuthClient }, { twoFactorClient }, { passkeyClient }] = await Promise.all([
    import('better-auth/client'),
    import('better-auth/client/plugins'),
    import('@better-auth/passkey/client'),
  ]);
  return createAuthClient({ plugins: [twoFactorClient(), passkeyClient()] });
}

async function post<T>(path: string, body: unknown): Promise<Result<T>> {
  return ask(async () => {
    const response = await fetch(`/api/auth${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    const json = (await response.json().catch(() => null)) as T & { code?: string };
    if (response.ok) return { data: json, error: null };
    return {
      data: null,
      error: { status: response.status, ...(json?.code ? { code: json.code } : {}) },
    };
  });
}

/** Always `ok` for a well-formed address: nobody learns who is registered. */
export const askForLink = (email: string, next = '/') =>
  post<unknown>('/sign-in/magic-link', { email, callbackURL: next });

/** Browsers without passkeys get no button for them. */
export const hasPasskeys = (): boolean => 'PublicKeyCredential' in globalThis;

export const signInWithPasskey = () =>
  ask(async () => (await client()).signIn.passkey() as Promise<Answer<unknown>>);

export const addPasskey = (name: string) =>
  ask(async () => (await client()).passkey.addPasskey({ name }) as Promise<Answer<unknown>>);

export const removePasskey = (id: string) => post<unknown>('/passkey/delete-passkey', { id });

export type OwnPasskey = { id: string; name?: string; createdAt: string | Date };
export const listPasskeys = () =>
  ask(
    async () =>
      (await client()).$fetch('/passkey/list-user-passkeys') as Promise<Answer<OwnPasskey[]>>,
  );

export type OwnSession = {
  id: string;
  token: string;
  createdAt: string | Date;
  userAgent?: string | null;
  ipAddress?: string | null;
};
export const listSessions = () =>
  ask(async () => {
    const auth = await client();
    const [all, own] = await Promise.all([auth.listSessions(), auth.getSession()]);
    const sessions = (all.data ?? []) as unknown as OwnSession[];
    const current = own.data?.session.token ?? '';
    return {
      data: sessions.map((s) => ({ ...s, current: s.token === current })),
      error: all.error as { code?: string } | null,
    };
  });

export const revokeSession = (token: string) => post<unknown>('/revoke-session', { token });
export const signOut = () => post<unknown>('/sign-out', {});

/** Starts an authenticator: the address goes into a QR, codes are shown once. */
export const startTotp = () =>
  post<{ totpURI: string; backupCodes: string[] }>('/two-factor/enable', { method: 'totp' });

export const verifyTotp = (code: string) => post<unknown>('/two-factor/verify-totp', { code });
export const verifyBackupCode = (code: string) =>
  post<unknown>('/two-factor/verify-backup-code', { code });
