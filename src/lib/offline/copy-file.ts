/**
 * One file outside IndexedDB (OPFS), which browsers throw away by other rules. It knows how to
 * append and replace so that a torn write costs the tail at most; it knows no content.
 *
 * Writable streams change the file when they are closed, whole or not at all. Where a browser has
 * none on the page, a worker writes through a synchronous handle (copy-worker.ts).
 */
import type { CopyOrder } from './copy-worker.ts';

export type CopyFile = {
  /** Empty when there is no file. */
  read(): Promise<Uint8Array<ArrayBuffer>>;
  append(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /**
   * `make` runs while nobody else writes, or what is appended after it looked would be written
   * over. Null leaves the file as it is.
   */
  replace(make: () => Promise<Uint8Array<ArrayBuffer> | null>): Promise<void>;
  close(): void;
};

const FOLDER = 'kilter';

/** Null where the browser has no such files; then there is one copy, and the app says so. */
export async function openCopyFile(name: string, way?: 'worker'): Promise<CopyFile | null> {
  try {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle(FOLDER, { create: true });
    const handle = await folder.getFileHandle(name, { create: true });
    const streams = 'createWritable' in handle && way !== 'worker';
    const write = streams ? streamWriter(handle) : workerWriter(name);
    return {
      read: () =>
        exclusively(name, async () => new Uint8Array(await (await handle.getFile()).arrayBuffer())),
      append: (bytes) => exclusively(name, () => write.run('append', bytes)),
      replace: (make) =>
        exclusively(name, async () => {
          const bytes = await make();
          if (bytes) await write.run('replace', bytes);
        }),
      close: write.close,
    };
  } catch {
    return null;
  }
}

/** Two tabs write one file: one after the other. */
async function exclusively<T>(name: string, work: () => Promise<T>): Promise<T> {
  if (!navigator.locks) return work();
  return navigator.locks.request(`kilter-copy-${name}`, work) as Promise<T>;
}

type Writer = {
  run(kind: CopyOrder['kind'], bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  close(): void;
};

function streamWriter(handle: FileSystemFileHandle): Writer {
  return {
    async run(kind, bytes) {
      const position = kind === 'append' ? (await handle.getFile()).size : 0;
      const stream = await handle.createWritable({ keepExistingData: kind === 'append' });
      await stream.write({ type: 'write', position, data: bytes });
      await stream.close();
    },
    close: () => {},
  };
}

function workerWriter(name: string): Writer {
  const worker = new Worker(new URL('./copy-worker.ts', import.meta.url), { type: 'module' });
  let count = 0;
  return {
    run: (kind, bytes) =>
      new Promise((resolve, reject) => {
        const id = ++count;
        const hear = ({ data }: MessageEvent<{ id: number; failed: string | null }>) => {
          if (data.id !== id) return;
          worker.removeEventListener('message', hear);
          if (data.failed === null) resolve();
          else reject(new Error(data.failed));
        };
        worker.addEventListener('message', hear);
        const order: CopyOrder = { id, folder: FOLDER, name, kind, bytes };
        worker.postMessage(order);
      }),
    close: () => worker.terminate(),
  };
}
