/**
 * Writes the second copy where a page has no writable streams (Safari before 26): only a worker may
 * hold a synchronous handle. It knows one order at a time; copy-file.ts gives them.
 */
export type CopyOrder = {
  readonly id: number;
  readonly folder: string;
  readonly name: string;
  readonly kind: 'append' | 'replace';
  readonly bytes: Uint8Array<ArrayBuffer>;
};

async function obey({ folder, name, kind, bytes }: CopyOrder): Promise<void> {
  const root = await navigator.storage.getDirectory();
  const place = await root.getDirectoryHandle(folder, { create: true });
  const file = await place.getFileHandle(name, { create: true });
  const handle = await file.createSyncAccessHandle();
  try {
    const at = kind === 'append' ? handle.getSize() : 0;
    handle.write(bytes, { at });
    // A shorter file is cut after it was written: what is torn in between is only its old tail.
    handle.truncate(at + bytes.length);
    handle.flush();
  } finally {
    handle.close();
  }
}

addEventListener('message', ({ data }: MessageEvent<CopyOrder>) => {
  void obey(data).then(
    () => postMessage({ id: data.id, failed: null }),
    (error: unknown) => postMessage({ id: data.id, failed: String(error) }),
  );
});
