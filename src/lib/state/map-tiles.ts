/**
 * Whether the organisation has a map under its points. Knows one address of our own server, whose
 * answer the service worker keeps for basements. Pages with a map ask once.
 */
export type TileFacts = { readonly credit: string; readonly maxZoom: number };

/** Whether the organisation has tiles; null without, or when neither network nor cache knows. */
export async function askTiles(): Promise<TileFacts | null> {
  try {
    const answer = await fetch('/api/tile');
    if (answer.status !== 200) return null;
    return (await answer.json()) as TileFacts;
  } catch {
    return null;
  }
}
