/**
 * A sealed copy of unsent work as a file (X9): shared where the phone can share, else downloaded.
 * It knows neither what is inside nor how it is sealed; the pages of /field/rescue, the outbox and
 * a storage that stays shut call it.
 */
/** Codes of RescueError, `too-many` for codes, `failed` for anything else. */
export type RescueTrouble =
  'no-org-key' | 'nothing-unsent' | 'torn' | 'not-kilter' | 'too-many' | 'no-camera' | 'failed';

export const troubleOf = (error: unknown): RescueTrouble =>
  error instanceof Error && error.name === 'RescueError'
    ? (error as Error & { code: RescueTrouble }).code
    : 'failed';

/** Null when it was saved, or when the person changed their mind. */
export async function saveCopy(
  give: () => Promise<Uint8Array<ArrayBuffer>>,
): Promise<RescueTrouble | null> {
  try {
    const name = `${new Date().toISOString().slice(0, 16).replace(/[:T]/g, '-')}.kilter`;
    const file = new File([await give()], name, { type: 'application/octet-stream' });
    if (navigator.canShare?.({ files: [file] })) {
      const shared = await navigator.share({ files: [file] }).then(
        () => true,
        (error: unknown) => (error as Error).name === 'AbortError',
      );
      if (shared) return null;
    }
    const link = document.createElement('a');
    link.href = URL.createObjectURL(file);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    return null;
  } catch (error) {
    return troubleOf(error);
  }
}

/** The same from a storage that stays shut. */
export async function saveShutCopy(userId: string): Promise<RescueTrouble | null> {
  const { saveShut } = await import('#lib/offline/open.ts');
  return saveCopy(() => saveShut(userId));
}
