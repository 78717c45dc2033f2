/**
 * Sealed work that does not come from the phone that captured it: carried by a colleague, or handed
 * in at the desk as a file (contract/rescue.ts). It is stored as the first reader's, once.
 *
 * It knows that only the phone itself and the organisation hold a data key: what opens under the
 * registered one was sealed by that phone, whoever carries it. What opens only under a key that the
 * container brings along is kept for a person to look at. The endpoints under /api/sync call it.
 */
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { decodePush } from '#lib/contract/decode-push.ts';
import { PHOTO_CHUNK_BYTES, PROTO, PUSH_LIMIT, type FieldEvent } from '#lib/contract/fieldsync.ts';
import { readContainer, type Container } from '#lib/contract/rescue.ts';
import {
  orgKeyText,
  recoverText,
  type RescueAnswer,
  type ZRecover,
  type ZRecoverAnswer,
} from '#lib/contract/sealed.ts';
import { findPerson } from '#server/access/caller.ts';
import { writeAudit } from '#server/access/audit.ts';
import type { Caller } from '#server/api/trpc.ts';
import type { App } from '#server/app.ts';
import { AppError } from '#server/errors.ts';
import { selectPhone, type KnownPhone } from './device-store.ts';
import { openForOrg, openSealed, sealTo } from './org-key.ts';
import { takePiece } from './photos.ts';
import { foreignDevice, pushEvents, REVOKED } from './service.ts';

/**
 * Stores what a container holds; the same container again adds nothing and is answered alike.
 * Throws `invalid` for a damaged one or one of no phone of ours.
 */
export async function takeContainer(
  app: App,
  caller: Caller,
  bytes: Uint8Array,
): Promise<RescueAnswer> {
  const read = readContainer(bytes);
  if (!read.ok) throw new AppError('invalid', read.error.code);
  const container = read.value;
  const { device } = container.head;
  const phone = await app.db.withOrgSql(caller.orgId, (client) => selectPhone(client, device));
  if (!phone) throw new AppError('not-found', 'This organisation knows no such phone.');
  const { key, proved } = dataKeyOf(app, caller, { phone, container });
  const owner = await findPerson(app, caller.orgId, phone.userId);
  // Without proof of the sealing phone the carrier answers for it: kept, and looked at (I7).
  const sender = proved && owner ? owner : caller;
  const epochs = await takeEvents(app, sender, { container, key });
  const photos = await takePhotos(app, owner ?? caller, { container, key });
  key.fill(0);
  await app.db.withOrg(caller.orgId, (tx) =>
    writeAudit(tx, {
      orgId: caller.orgId,
      userId: caller.userId,
      action: 'carry-work',
      subject: `field-device ${device}`,
      detail: { events: container.events.length, photos, proved },
      at: app.clock.now(),
    }),
  );
  const reader = proved ? (owner?.name ?? null) : null;
  return { proto: PROTO, device, epochs, photos, reader };
}

/** Throws `forbidden` for a foreign or blocked phone, `not-found` when no key was ever told. */
export async function recoverDataKey(
  app: App,
  caller: Caller,
  { device, publicKey }: z.infer<typeof ZRecover>,
): Promise<z.infer<typeof ZRecoverAnswer>> {
  const phone = await app.db.withOrgSql(caller.orgId, (client) => selectPhone(client, device));
  if (phone?.userId !== caller.userId) throw foreignDevice();
  if (phone.revoked) throw new AppError('forbidden', REVOKED);
  const wrapped = phone.dataKey;
  const opened = wrapped && openWrapped(app, caller.orgId, { device, phone, wrapped });
  if (!opened || !opened.ok) throw new AppError('not-found', 'No key of this phone is kept.');
  const dataKey = sealTo(publicKey, recoverText(device), opened.value);
  opened.value.fill(0);
  return { proto: PROTO, dataKey };
}

type Wrapped = {
  readonly device: string;
  readonly phone: KnownPhone;
  readonly wrapped: string;
};

/** A data key as it was wrapped for the organisation by `phone`. */
const openWrapped = (app: App, orgId: number, { device, phone, wrapped }: Wrapped) =>
  openForOrg(
    { masterKey: app.config.KILTER_MASTER_KEY, orgId },
    orgKeyText(device, phone.userId),
    wrapped,
  );

function dataKeyOf(
  app: App,
  { orgId }: Caller,
  { phone, container }: { phone: KnownPhone; container: Container },
): { key: Uint8Array; proved: boolean } {
  const { device, dataKey } = container.head;
  const kept = phone.dataKey;
  const known = kept && openWrapped(app, orgId, { device, phone, wrapped: kept });
  if (known && known.ok) return { key: known.value, proved: true };
  const brought = openWrapped(app, orgId, { device, phone, wrapped: dataKey });
  if (!brought.ok) throw new AppError('invalid', brought.error.code);
  return { key: brought.value, proved: false };
}

type Opened = { readonly container: Container; readonly key: Uint8Array };

async function takeEvents(
  app: App,
  sender: Caller,
  { container, key }: Opened,
): Promise<RescueAnswer['epochs']> {
  const events = container.events.map(({ id, sealed }) => openEvent(key, id, sealed));
  const answers: RescueAnswer['epochs'] = [];
  for (const epoch of new Set(events.map((event) => event.epoch))) {
    const own = events.filter((event) => event.epoch === epoch).sort((a, b) => a.n - b.n);
    for (let at = 0; at < own.length; at += PUSH_LIMIT) {
      const some = own.slice(at, at + PUSH_LIMIT);
      const read = decodePush({
        proto: PROTO,
        device: container.head.device,
        epoch,
        capturedN: some.at(-1)!.n,
        appVersion: 'carried',
        events: some,
      });
      if (!read.ok) throw new AppError('invalid', read.error.code);
      const { hw, receipts } = await pushEvents(app, sender, read.value);
      answers.push({ epoch, hw, receipts });
    }
  }
  return answers;
}

function openEvent(key: Uint8Array, id: string, sealed: Uint8Array): FieldEvent {
  const opened = openSealed(key, { table: 'event', key: id }, sealed);
  if (!opened.ok) throw new AppError('invalid', opened.error.code);
  // A parser's own words would quote the reading into the server's log.
  const event = eventIn(Buffer.from(opened.value).toString('utf8'));
  if (event?.id !== id) throw new AppError('invalid', 'bad_event');
  return event;
}

function eventIn(text: string): FieldEvent | null {
  try {
    return (JSON.parse(text) as { event?: FieldEvent } | null)?.event ?? null;
  } catch {
    return null;
  }
}

async function takePhotos(app: App, owner: Caller, { container, key }: Opened): Promise<number> {
  let taken = 0;
  for (const { sha256, sealed } of container.photos) {
    const opened = openSealed(key, { table: 'photo', key: sha256 }, sealed);
    if (!opened.ok) throw new AppError('invalid', opened.error.code);
    const from = 1 + opened.value[0]!;
    const mime = Buffer.from(opened.value.subarray(1, from)).toString('utf8');
    const bytes = opened.value.subarray(from);
    if (await takePhoto(app, owner, { sha256, mime, bytes })) taken++;
  }
  return taken;
}

async function takePhoto(
  app: App,
  owner: Caller,
  { sha256, mime, bytes }: { sha256: string; mime: string; bytes: Uint8Array },
): Promise<boolean> {
  const most = Math.ceil(bytes.length / PHOTO_CHUNK_BYTES) + 1;
  let [offset, complete] = [0, false];
  for (let i = 0; !complete && i < most; i++) {
    const piece = bytes.slice(offset, offset + PHOTO_CHUNK_BYTES);
    const pieceSha256 = createHash('sha256').update(piece).digest('hex');
    ({ offset, complete } = await takePiece(app, owner, {
      sha256,
      offset,
      total: bytes.length,
      mime,
      pieceSha256,
      bytes: piece,
    }));
  }
  return complete;
}
