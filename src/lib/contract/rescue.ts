/**
 * The container in which a phone's unsent work travels sealed: as a file (`.kilter`), as pictures
 * from screen to screen, or in pieces to the server (docs/adr/0030).
 *
 * Who carries it cannot read it: bodies are sealed under the first reader's data key, and that key
 * is inside only wrapped for the organisation. It knows the order of frames; it knows no key. Phone
 * and server call it. Pure.
 */
import { z } from 'zod/mini';
import { concatBytes } from '#lib/base/bytes.ts';
import { fault, ok, type Result } from '#lib/base/result.ts';
import { ZSha256, ZUuid } from './fieldsync.ts';
import { readFrames, writeFrame, type Frame } from './frames.ts';
import { ZWrappedDataKey } from './sealed.ts';

const ZFirst = z.object({
  t: z.literal('kilter'),
  v: z.literal(1),
  device: ZUuid,
  user: z.string().check(z.maxLength(200)),
  dataKey: ZWrappedDataKey,
  /** When the container was made, by the phone's clock. */
  at: z.number(),
  events: z.int(),
  photos: z.int(),
});
const ZEventHead = z.object({
  t: z.literal('event'),
  id: ZUuid,
  epoch: ZUuid,
  n: z.int(),
});
const ZPhotoHead = z.object({ t: z.literal('photo'), sha256: ZSha256 });
const ZLast = z.object({ t: z.literal('end'), records: z.int() });

export type ContainerHead = Omit<z.infer<typeof ZFirst>, 't' | 'v'>;
export type SealedEvent = Omit<z.infer<typeof ZEventHead>, 't'> & { readonly sealed: Uint8Array };
export type SealedPhoto = { readonly sha256: string; readonly sealed: Uint8Array };
export type Container = {
  readonly head: ContainerHead;
  readonly events: readonly SealedEvent[];
  readonly photos: readonly SealedPhoto[];
};

export function writeContainer({ head, events, photos }: Container): Uint8Array {
  return concatBytes(
    writeFrame({ head: { t: 'kilter', v: 1, ...head }, body: new Uint8Array() }),
    ...events.map(({ sealed, id, epoch, n }) =>
      writeFrame({ head: { t: 'event', id, epoch, n }, body: sealed }),
    ),
    ...photos.map(({ sealed, sha256 }) =>
      writeFrame({ head: { t: 'photo', sha256 }, body: sealed }),
    ),
    writeFrame({
      head: { t: 'end', records: events.length + photos.length },
      body: new Uint8Array(),
    }),
  );
}

/** Errors: `not_kilter` (another file), `torn` (cut or damaged on its way). Never throws. */
export function readContainer(bytes: Uint8Array): Result<Container> {
  const { frames, goodBytes } = readFrames(bytes);
  const first = z.safeParse(ZFirst, frames[0]?.head);
  if (!first.success) return fault('not_kilter', 'This is no saved work of Kilter.');
  const last = z.safeParse(ZLast, frames.at(-1)?.head);
  const inner = frames.slice(1, -1);
  const whole = last.success && last.data.records === inner.length && goodBytes === bytes.length;
  if (!whole) return fault('torn', 'A part is missing or damaged.', { offset: goodBytes });
  const { t: _, v: __, ...head } = first.data;
  return ok({
    head,
    events: inner.flatMap(eventOf),
    photos: inner.flatMap(photoOf),
  });
}

function eventOf({ head, body }: Frame): SealedEvent[] {
  const read = z.safeParse(ZEventHead, head);
  if (!read.success) return [];
  const { t: _, ...named } = read.data;
  return [{ ...named, sealed: body }];
}

function photoOf({ head, body }: Frame): SealedPhoto[] {
  const read = z.safeParse(ZPhotoHead, head);
  return read.success ? [{ sha256: read.data.sha256, sealed: body }] : [];
}

/** The server takes bodies below 512 kB; a container of many photos goes in several. */
export const PIECE_BYTES = 400_000;

/** The same work as containers of at most about `maxBytes`, events before photos, each whole. */
export function splitContainer(whole: Container, maxBytes = PIECE_BYTES): Container[] {
  const pieces: { events: SealedEvent[]; photos: SealedPhoto[] }[] = [{ events: [], photos: [] }];
  let size = 0;
  const place = (bytes: number) => {
    size += bytes;
    if (size > maxBytes && size > bytes) {
      pieces.push({ events: [], photos: [] });
      size = bytes;
    }
    return pieces.at(-1)!;
  };
  for (const event of whole.events) place(event.sealed.length + HEAD_BYTES).events.push(event);
  for (const photo of whole.photos) place(photo.sealed.length + HEAD_BYTES).photos.push(photo);
  return pieces.map((piece) => ({ head: whole.head, ...piece }));
}

/** A head with its lengths, generously. */
const HEAD_BYTES = 200;
