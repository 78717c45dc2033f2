/**
 * Camera and code reader for the wizard's pages, which may not reach into lib/field themselves.
 */
import { openCamera, setTorch, takePhoto } from '#lib/field/photo.ts';
import { createCodeReader, type CodeReader } from '#lib/field/scan-code.ts';

export type { CodeReader };
export { takePhoto };

export const openScanner = async () => ({
  reader: await createCodeReader(),
  camera: openCamera,
  /** False where the phone has no light to switch. */
  torch: setTorch,
});

/** The bar code on a picture of a meter, if there is one that could be its number. */
export async function serialOn(picture: Blob): Promise<string | null> {
  const text = await (await createCodeReader()).read(picture).catch(() => null);
  const plain = text?.replace(/\s/g, '') ?? '';
  return /^[0-9A-Za-z/.-]{4,32}$/.test(plain) ? plain : null;
}
