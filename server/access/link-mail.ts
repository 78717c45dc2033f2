/** The text of the sign-in mail in the person's language; plain text survives every reader. */
import type { Mail } from './mail.ts';

const TEXT: Record<string, { subject: string; body: (url: string) => string }> = {
  ru: {
    subject: 'Вход в Kilter',
    body: (url) =>
      `Откройте ссылку, чтобы войти. Она действует 15 минут и только один раз.\n\n${url}\n\n` +
      'Если вы не просили о входе, ничего делать не нужно.',
  },
  en: {
    subject: 'Sign in to Kilter',
    body: (url) =>
      `Open the link to sign in. It works once, for 15 minutes.\n\n${url}\n\n` +
      "If you didn't ask to sign in, there's nothing to do.",
  },
  de: {
    subject: 'Anmeldung bei Kilter',
    body: (url) =>
      `Öffnen Sie den Link, um sich anzumelden. Er gilt 15 Minuten und nur einmal.\n\n${url}\n\n` +
      'Wenn Sie keine Anmeldung angefordert haben, müssen Sie nichts tun.',
  },
};

export function linkMail(to: string, url: string, locale: string): Mail {
  const text = TEXT[locale] ?? TEXT['en']!;
  return { to, subject: text.subject, body: text.body(url) };
}
