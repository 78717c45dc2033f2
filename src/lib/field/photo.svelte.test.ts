import { expect, test } from 'vitest';
import { MAX_PHOTO_BYTES, takePhoto } from './photo.ts';

/** A dial as a camera sees it: eight figures in cells, and some grain so that JPEG has work. */
async function dial(blurPx: number, light = 1): Promise<Blob> {
  const canvas = new OffscreenCanvas(2400, 1600);
  const context = canvas.getContext('2d')!;
  context.filter = `blur(${blurPx}px) brightness(${light})`;
  context.fillStyle = '#8d8a80';
  context.fillRect(0, 0, 2400, 1600);
  for (let i = 0; i < 8; i++) {
    context.fillStyle = '#111';
    context.fillRect(420 + i * 200, 620, 180, 320);
    context.fillStyle = '#f4f2ea';
    context.font = 'bold 240px monospace';
    context.fillText(String(i), 440 + i * 200, 870);
  }
  context.filter = 'none';
  for (let i = 0; i < 4000; i++) {
    context.fillStyle = `rgb(0 0 0 / ${(i % 7) / 90})`;
    context.fillRect((i * 733) % 2400, (i * 1193) % 1600, 3, 3);
  }
  return canvas.convertToBlob({ type: 'image/jpeg', quality: 0.97 });
}

test('a large picture becomes small evidence with a hash and without EXIF', async () => {
  const photo = await takePhoto(await dial(0));
  expect(photo.blob.size).toBeLessThanOrEqual(MAX_PHOTO_BYTES);
  expect(photo.sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(Math.max(photo.width, photo.height)).toBe(1440);
  const bytes = new Uint8Array(await photo.blob.arrayBuffer());
  // APP1 (FFE1h) is where EXIF lives; a canvas writes none.
  const app1 = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === 0xe1);
  expect(app1 === -1 || app1 > 1000).toBe(true);
});

test.each([
  [0, 1, 'good'],
  [24, 1, 'blurred'],
  [0, 0.05, 'dark'],
] as const)('blur %s px, light %s is %s', async (blurPx, light, verdict) => {
  expect((await takePhoto(await dial(blurPx, light))).verdict).toBe(verdict);
});

test('what is no picture is refused with words, not a crash', async () => {
  await expect(takePhoto(new Blob(['not a picture']))).rejects.toMatchObject({
    name: 'PhotoError',
  });
});

/** A camera that warms up: nothing for `afterMs`, then a picture again and again. */
function cameraOf(afterMs: number): { video: HTMLVideoElement; stop: () => void } {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [640, 480];
  const context = canvas.getContext('2d')!;
  const from = performance.now() + afterMs;
  let n = 0;
  const stream = canvas.captureStream(30);
  const timer = setInterval(() => {
    if (performance.now() < from) return;
    context.fillStyle = n++ % 2 ? '#8d8a80' : '#8d8a81';
    context.fillRect(0, 0, 640, 480);
    context.fillStyle = '#111';
    for (let i = 0; i < 8; i++) context.fillRect(40 + i * 70, 160, 40, 160);
  }, 30);
  // Neither autoplay nor a call of play(): as on a phone that saves power.
  const video = Object.assign(document.createElement('video'), { muted: true, playsInline: true });
  video.srcObject = stream;
  document.body.append(video);
  return { video, stop: () => (clearInterval(timer), video.remove()) };
}

test('a thumb quicker than the camera gets the first frame of a video', async () => {
  const { video, stop } = cameraOf(700);
  expect(video.readyState).toBe(HTMLMediaElement.HAVE_NOTHING);
  const photo = await takePhoto(video);
  expect([photo.width, photo.height]).toEqual([640, 480]);
  expect(photo.verdict).toBe('good');
  stop();
});
