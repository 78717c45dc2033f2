/**
 * Mail out. Every message is first a row of outbox_mail, so that nothing is lost when the mail
 * server is away; with no SMTP_URL the row and one console line are all there is. Knows no
 * template.
 */
import type { PrismaClient } from '#server/generated/prisma/client.ts';
import type { Config } from '#server/config.ts';

export type Mail = { readonly to: string; readonly subject: string; readonly body: string };

export async function sendMail(prisma: PrismaClient, config: Config, mail: Mail): Promise<void> {
  // People let in by a code alone have an address that no mail can reach (RFC 2606).
  if (mail.to.endsWith('.invalid')) return;
  const row = await prisma.outboxMail.create({ data: mail });
  if (!config.SMTP_URL) {
    console.log(`[mail, no SMTP_URL] to ${mail.to}: ${mail.subject}\n${mail.body}`);
    return;
  }
  try {
    // Loaded when first needed: most starts never send.
    const { createTransport } = await import('nodemailer');
    const transport = createTransport(config.SMTP_URL);
    const { to, subject, body } = mail;
    await transport.sendMail({ from: config.MAIL_FROM, to, subject, text: body });
    // Once sent, the link lives in the person's mailbox only.
    await prisma.outboxMail.update({
      where: { id: row.id },
      data: { sentAt: new Date(), body: '' },
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    await prisma.outboxMail.update({ where: { id: row.id }, data: { error: message } });
    console.error(`[mail] not sent to ${mail.to}: ${message}; it stays in outbox_mail ${row.id}`);
  }
}
