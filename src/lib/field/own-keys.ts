/** Which of a round's keys may open a telegram; the receiver's state calls it. */

type Stop = { readonly meterId: number; readonly hasKey: boolean };

/** The key of a meter that was taken off opens nothing of the one that hangs there now. */
export function ownKeys(
  keys: ReadonlyMap<number, Uint8Array>,
  meters: readonly Stop[],
): ReadonlyMap<number, Uint8Array> {
  const own = new Set(meters.flatMap(({ meterId, hasKey }) => (hasKey ? [meterId] : [])));
  return new Map([...keys].filter(([meterId]) => own.has(meterId)));
}
