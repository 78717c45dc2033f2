/**
 * Handing unsent work over without a network (X10): codes on this screen, a camera on the other
 * phone, or a file between them. It knows lib/offline's containers and the row of codes; the pages
 * of /field/rescue and /field/outbox make these.
 */
import { createCodeReader } from '#lib/field/scan-code.ts';
import { openCamera } from '#lib/field/photo.ts';
import { CODE_MS, QrCollector, qrParts, type QrParts } from '#lib/contract/qr-parts.ts';
import { readContainer } from '#lib/contract/rescue.ts';
import type { Carried } from '#lib/offline/types-device.ts';
import type { Offline } from '#lib/offline/types.ts';
import { LiveState } from './field-live.svelte.ts';
import { troubleOf, type RescueTrouble } from './save-copy.ts';

/** Codes of this phone's unsent work, one after another. */
export class Giving {
  #parts: QrParts | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;
  text = $state('');
  index = $state(0);
  blocks = $state(0);
  events = $state(0);
  trouble = $state<RescueTrouble | null>(null);

  async start(offline: Offline): Promise<void> {
    try {
      const bytes = await offline.rescue.give(false);
      const read = readContainer(bytes);
      this.events = read.ok ? read.value.events.length : 0;
      if (this.events === 0) return void (this.trouble = 'nothing-unsent');
      this.#parts = qrParts(bytes);
      this.blocks = this.#parts.blocks;
      this.#show(0);
      this.#timer = setInterval(() => this.#show(this.index + 1), CODE_MS);
    } catch (error) {
      const tooMany = error instanceof Error && error.message.startsWith('qrParts');
      this.trouble = tooMany ? 'too-many' : troubleOf(error);
    }
  }

  #show(index: number): void {
    this.index = index;
    this.text = this.#parts?.text(index) ?? '';
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** Films a colleague's codes, or reads his file, and keeps what comes. */
export class Taking {
  stream = $state.raw<MediaStream | null>(null);
  have = $state(0);
  need = $state(0);
  taken = $state.raw<Carried | null>(null);
  trouble = $state<RescueTrouble | null>(null);
  readonly #offline: Offline;
  readonly #carried: LiveState<readonly Carried[]>;
  #running = 0;

  constructor(offline: Offline) {
    this.#offline = offline;
    this.#carried = new LiveState(offline.rescue.carried(), []);
  }

  get carried(): readonly Carried[] {
    return this.#carried.current;
  }

  async openCamera(): Promise<void> {
    [this.taken, this.trouble, this.have, this.need] = [null, null, 0, 0];
    try {
      this.stream = await openCamera();
    } catch {
      this.trouble = 'no-camera';
    }
  }

  /** Reads pictures of `video` as fast as this phone can, until everything is here. */
  async film(video: HTMLVideoElement): Promise<void> {
    const turn = ++this.#running;
    const reader = await createCodeReader();
    const collector = new QrCollector();
    while (turn === this.#running && this.stream) {
      const text = video.readyState >= 2 ? await reader.read(video).catch(() => null) : null;
      if (text) this.#add(collector, text);
      const bytes = text && collector.progress.bytes;
      if (bytes) {
        this.closeCamera();
        await this.keep(new Uint8Array(bytes));
        return;
      }
      // A picture that shows the same code again costs nothing but the battery.
      await new Promise((resolve) => setTimeout(resolve, text ? 10 : 40));
    }
  }

  #add(collector: QrCollector, text: string): void {
    const got = collector.add(text);
    if (got.ok) [this.have, this.need] = [got.value.have, got.value.need];
  }

  async takeFile(file: Blob): Promise<void> {
    this.closeCamera();
    await this.keep(new Uint8Array(await file.arrayBuffer()));
  }

  async keep(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      this.taken = await this.#offline.rescue.take(bytes);
      this.trouble = null;
      if (navigator.onLine) void this.#offline.sync.now().catch(() => {});
    } catch (error) {
      this.trouble = troubleOf(error);
    }
  }

  closeCamera(): void {
    this.#running++;
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
  }

  close(): void {
    this.closeCamera();
    this.#carried.close();
  }
}
