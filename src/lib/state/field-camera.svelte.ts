/**
 * The camera while a dial is photographed. Knows the use case `photo`; the photo step makes one.
 */
import { openCamera, setTorch, takePhoto, type Photo } from '#lib/field/photo.ts';

export class FieldCamera {
  stream = $state.raw<MediaStream | null>(null);
  torch = $state(false);
  hasTorch = $state(false);
  photo = $state.raw<Photo | null>(null);
  trouble = $state<'no-camera' | 'bad-file' | null>(null);
  #taking = false;

  async start(): Promise<void> {
    this.photo = null;
    try {
      this.stream = await openCamera();
      // A basement is dark: the light goes on by itself where the phone lets us.
      this.torch = this.hasTorch = await setTorch(this.stream, true);
    } catch {
      this.trouble = 'no-camera';
    }
  }

  stop(): void {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
  }

  async toggleTorch(): Promise<void> {
    if (this.stream && (await setTorch(this.stream, !this.torch))) this.torch = !this.torch;
  }

  /** Resolves with the picture, null when the file is none or the camera shows nothing. */
  async take(source: Blob | HTMLVideoElement): Promise<Photo | null> {
    // A cold camera takes seconds, and a thumb presses again.
    if (this.#taking) return null;
    this.#taking = true;
    this.trouble = null;
    try {
      this.photo = await takePhoto(source);
      this.stop();
    } catch {
      this.trouble = source instanceof Blob ? 'bad-file' : 'no-camera';
    } finally {
      this.#taking = false;
    }
    return this.photo;
  }
}
