/**
 * How sharp a picture is, and how bright: two numbers from its grey values, told at once and not
 * at night. Knows pixels only. The photo use case and tests call it.
 */

/** 0..255 grey values of `width * height` pixels. */
export type GreyPicture = {
  readonly grey: Uint8ClampedArray | Uint8Array;
  readonly width: number;
  readonly height: number;
};

export type PictureVerdict = 'good' | 'blurred' | 'dark' | 'glare';

/**
 * Spread of the Laplacian of grey values; digits in focus give hundreds, a moved phone gives tens.
 * The limit was found with pictures of dials blurred step by step (sharpness.test.ts).
 */
const SHARP_ENOUGH = 60;
const DARK_BELOW = 26;
const WHITE_FROM = 250;
const GLARE_SHARE = 0.3;

/** Variance of the 4-neighbour Laplacian over the inner picture. */
export function sharpness({ grey, width, height }: GreyPicture): number {
  let sum = 0;
  let squares = 0;
  let count = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      const around = grey[i - 1]! + grey[i + 1]! + grey[i - width]! + grey[i + width]!;
      const laplacian = 4 * grey[i]! - around;
      sum += laplacian;
      squares += laplacian * laplacian;
      count++;
    }
  }
  return count ? squares / count - (sum / count) ** 2 : 0;
}

export function judgePicture(picture: GreyPicture): PictureVerdict {
  const { grey } = picture;
  let sum = 0;
  let white = 0;
  for (const value of grey) {
    sum += value;
    if (value >= WHITE_FROM) white++;
  }
  if (sum / grey.length < DARK_BELOW) return 'dark';
  if (sharpness(picture) < SHARP_ENOUGH) return 'blurred';
  return white / grey.length > GLARE_SHARE ? 'glare' : 'good';
}

/** RGBA bytes of a canvas to grey by ITU-R BT.601 weights. */
export function greyOf(rgba: Uint8ClampedArray, width: number, height: number): GreyPicture {
  const grey = new Uint8ClampedArray(width * height);
  for (let i = 0; i < grey.length; i++) {
    grey[i] = 0.299 * rgba[4 * i]! + 0.587 * rgba[4 * i + 1]! + 0.114 * rgba[4 * i + 2]!;
  }
  return { grey, width, height };
}
