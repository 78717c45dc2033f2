/**
 * One phone's screen before another phone's camera: pictures of the codes that the first one draws
 * become frames of the video that the second one films, a little turned and on a grey wall. The app
 * opens the camera, reads the frames and collects the parts by itself.
 */
import type { Page } from '@playwright/test';

const CAMERA_PX = 1080;
const CODE_PX = 860;
const TURNED_RAD = 0.03;

/** Replaces the camera of `page` before its first page is loaded. */
export const giveCamera = (page: Page): Promise<unknown> =>
  page.addInitScript(
    ([size, code, turned]) => {
      const canvas = document.createElement('canvas');
      canvas.width = canvas.height = size!;
      const context = canvas.getContext('2d')!;
      const paint = (picture: ImageBitmap | null): void => {
        context.setTransform(1, 0, 0, 1, 0, 0);
        context.fillStyle = '#777';
        context.fillRect(0, 0, size!, size!);
        if (!picture) return;
        context.translate(size! / 2, size! / 2);
        context.rotate(turned!);
        context.drawImage(picture, -code! / 2, -code! / 2, code!, code!);
      };
      navigator.mediaDevices.getUserMedia = () => {
        const stream = canvas.captureStream(30);
        paint(null);
        return Promise.resolve(stream);
      };
      const hold = async (png: string): Promise<void> => {
        const bytes = Uint8Array.from(atob(png), (char) => char.charCodeAt(0));
        paint(await createImageBitmap(new Blob([bytes], { type: 'image/png' })));
      };
      Object.assign(window, { hold });
    },
    [CAMERA_PX, CODE_PX, TURNED_RAD],
  );

/** Shows what `from` draws to the camera of `to` until `done`; how many different codes it were. */
export async function film(from: Page, to: Page, done: () => Promise<boolean>): Promise<number> {
  const seen = new Set<string>();
  while (!(await done())) {
    const shown = await from.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('main canvas[data-part]')!;
      return { part: canvas.dataset['part']!, png: canvas.toDataURL('image/png').split(',')[1]! };
    });
    if (seen.has(shown.part)) continue;
    seen.add(shown.part);
    await to.evaluate(
      (png) => (window as unknown as { hold(png: string): Promise<void> }).hold(png),
      shown.png,
    );
  }
  return seen.size;
}
