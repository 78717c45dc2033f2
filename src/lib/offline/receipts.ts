/**
 * The day's proof: how many of the captured events the server signed for, and whether the
 * signatures are real (X8). It knows the server's public key as kept on the phone.
 */
import { DAY_MS } from '#lib/base/interval.ts';
import { GENESIS } from '#lib/contract/canonical.ts';
import { live, withStorage, type PhoneDatabase } from './database.ts';
import { openEvents } from './sealed-rows.ts';
import type { Receipts, ReceiptSummary } from './types-device.ts';

export const RECEIPT_KEY = 'receipt-key';

export const openReceipts = (
  db: PhoneDatabase,
  { device, now }: { device: string; now: () => number },
): Receipts => ({
  summary: () => live(() => summarise(db, device, now() - DAY_MS)),
  async verify() {
    // The curve is the heaviest part of a round and only this and a push need it.
    const { verifyReceipt } = await import('#lib/contract/receipt.ts');
    const key = String((await withStorage(db, () => db.meta.get(RECEIPT_KEY)))?.value ?? '');
    const sealed = await withStorage(db, () => db.event.orderBy('id').toArray());
    const rows = await openEvents(db, sealed);
    const invalid: string[] = [];
    let valid = 0;
    for (const { event, receipt } of rows) {
      if (!receipt) continue;
      const good =
        receipt.hash === event.hash && verifyReceipt({ device, epoch: event.epoch }, receipt, key);
      if (good) valid++;
      else invalid.push(event.id);
    }
    return { valid, invalid };
  },
});

async function summarise(
  db: PhoneDatabase,
  device: string,
  since: number,
): Promise<ReceiptSummary> {
  const [head, sealed] = await db.transaction('r', db.event, db.head, async () => [
    await db.head.get('head'),
    // Ids begin with their time by the same clock as `at.wall`.
    await db.event
      .orderBy('id')
      .reverse()
      .until(({ id }) => timeOf(id) < since)
      .toArray(),
  ]);
  const rows = await openEvents(db, sealed);
  const last = rows.find((row) => row.receipt !== null);
  const headHash = head?.lastHash ?? GENESIS;
  const open = head?.epochs.at(-1);
  const serverSeq = last?.receipt?.serverSeq ?? null;
  return {
    captured: rows.length,
    received: rows.filter((row) => row.receipt !== null).length,
    quarantined: rows.filter((row) => row.outcome === 'quarantined').length,
    headHash,
    serverSeq,
    text: [
      `kilter/1 ${device} ${open?.epoch ?? '-'} n=${open?.capturedN ?? 0}`,
      `${headHash} seq=${serverSeq ?? '-'}`,
    ].join(' '),
  };
}

/** RFC 9562 clause 5.7: the first 48 bits are Unix milliseconds. */
const timeOf = (id: string): number => parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
