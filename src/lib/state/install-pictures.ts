/**
 * Pictures of an installation between the phone's store, the screen and the server.
 *
 * It knows them by hash; it knows no step. The wizard calls it.
 */
import type { Api } from '#lib/api/client.ts';
import { toBase64 } from '#lib/base/bytes.ts';
import type { InstallDrafts } from '#lib/offline/install-draft.ts';
import type { Given, PhotoKind } from './install-given.ts';

type Photos = Given['photos'];
type Deps = { readonly api: Api; readonly drafts: InstallDrafts };

/** Hashes of all pictures of these drafts. */
export const picturesOf = (all: readonly { readonly photos: Photos }[]): string[] =>
  all.flatMap(({ photos }) => Object.values(photos).flatMap((sha256) => sha256 ?? []));

/** Object addresses of this page for those that lie on the phone. */
export async function previewsOf(
  drafts: InstallDrafts,
  photos: Photos,
): Promise<Partial<Record<PhotoKind, string>>> {
  const previews: Partial<Record<PhotoKind, string>> = {};
  for (const [kind, sha256] of Object.entries(photos)) {
    const blob = sha256 ? await drafts.getPhoto(sha256) : null;
    if (blob) previews[kind as PhotoKind] = URL.createObjectURL(blob);
  }
  return previews;
}

/** A picture the phone no longer has is at the server already. */
export async function sendPictures({ api, drafts }: Deps, photos: Photos): Promise<void> {
  for (const sha256 of picturesOf([{ photos }])) {
    const blob = await drafts.getPhoto(sha256);
    if (!blob) continue;
    const body = toBase64(new Uint8Array(await blob.arrayBuffer()));
    await api.install.putPhoto.mutate({ sha256, mime: 'image/jpeg', body });
  }
}
