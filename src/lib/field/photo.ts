/**
 * A photograph as evidence: small, without the phone's own notes in it, and named by its hash.
 *
 * It knows canvas and camera; it does not store. Re-encoding through a canvas drops EXIF with
 * position and serial number of the phone. lib/state calls it.
 */
import { toHex } from '#lib/base/bytes.ts';
import { greyOf, judgePicture, type PictureVerdict } from './sharpness.ts';

export type Photo = {
  readonly blob: Blob;
  /** Lower-case hex of the JPEG's bytes. */
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
  readonly verdict: PictureVerdict;
};

/** Digits stay readable and a basement's network can carry it. */
export const MAX_PHOTO_BYTES = 150 * 1024;
const LONG_EDGE_PX = 1440;
const JUDGE_EDGE_PX = 480;
const FIRST_FRAME_MS = 10_000;
const RETRY_MS = 100;
const QUALITIES = [0.82, 0.7, 0.58, 0.46, 0.36] as const;

type Source = Blob | HTMLVideoElement;

/** Throws `Error` with name `PhotoError` when the file is no picture. */
export async function takePhoto(source: Source): Promise<Photo> {
  const bitmap = source instanceof Blob ? await pictureOf(source) : await frameOf(source);
  try {
    const verdict = judge(bitmap);
    const { blob, width, height } = await encode(bitmap);
    const digest = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer());
    const sha256 = toHex(new Uint8Array(digest)).toLowerCase();
    return { blob, sha256, width, height, verdict };
  } finally {
    bitmap.close();
  }
}

const pictureOf = (file: Blob): Promise<ImageBitmap> =>
  createImageBitmap(file, { imageOrientation: 'from-image' }).catch((cause: unknown) => {
    throw new PhotoError('The file is not a picture this browser can read.', { cause });
  });

/**
 * A thumb is quicker than a camera: the shot waits for a frame instead of failing. A browser may
 * say that it has one and still not hand it out, so the frame itself is asked for, again and again.
 */
async function frameOf(video: HTMLVideoElement): Promise<ImageBitmap> {
  // A phone that saves power starts no video by itself; pressing the button allows it.
  video.play().catch(() => undefined);
  const until = performance.now() + FIRST_FRAME_MS;
  let cause: unknown;
  while (performance.now() < until) {
    if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) {
      try {
        return await createImageBitmap(video);
      } catch (error) {
        cause = error;
      }
    }
    await new Promise((done) => setTimeout(done, RETRY_MS));
  }
  throw new PhotoError('The camera gives no picture.', { cause });
}

export class PhotoError extends Error {
  override name = 'PhotoError';
}

/** The back camera with its light where it has one. Throws what getUserMedia throws. */
export async function openCamera(): Promise<MediaStream> {
  return navigator.mediaDevices.getUserMedia({
    video: { facingMode: { ideal: 'environment' }, width: { ideal: 1920 } },
    audio: false,
  });
}

/** Torch is a track capability of Android's Chromium only; false where it is absent. */
export async function setTorch(stream: MediaStream, on: boolean): Promise<boolean> {
  const track = stream.getVideoTracks()[0];
  const can = track?.getCapabilities?.() as
    (MediaTrackCapabilities & { torch?: boolean }) | undefined;
  if (!track || !can?.torch) return false;
  const wanted = { advanced: [{ torch: on }] } as unknown as MediaTrackConstraints;
  return track.applyConstraints(wanted).then(
    () => true,
    () => false,
  );
}

function judge(bitmap: ImageBitmap): PictureVerdict {
  const { context, width, height } = draw(bitmap, JUDGE_EDGE_PX);
  // The dial is in the frame's middle; a sharp wall beside it must not excuse a blurred dial.
  const [x, y] = [Math.floor(width / 5), Math.floor(height / 5)];
  const [w, h] = [Math.max(3, width - 2 * x), Math.max(3, height - 2 * y)];
  return judgePicture(greyOf(context.getImageData(x, y, w, h).data, w, h));
}

async function encode(bitmap: ImageBitmap): Promise<{ blob: Blob; width: number; height: number }> {
  for (const edge of [LONG_EDGE_PX, 1080, 800, 640]) {
    const { canvas, width, height } = draw(bitmap, edge);
    for (const quality of QUALITIES) {
      const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality });
      if (blob.size <= MAX_PHOTO_BYTES) return { blob, width, height };
    }
  }
  throw new PhotoError('The picture does not become small enough.');
}

function draw(bitmap: ImageBitmap, edge: number) {
  const scale = Math.min(1, edge / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new PhotoError('This browser gives no canvas.');
  context.drawImage(bitmap, 0, 0, width, height);
  return { canvas, context, width, height };
}
