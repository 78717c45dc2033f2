/**
 * A photograph of an earlier visit, for as long as a screen shows it. It is fetched past the
 * browser's cache, which would keep it in clear on the phone (ADR 0030).
 */

/** Address of the picture in memory, to be revoked; null without a network or a picture. */
export async function readPhoto(sha256: string): Promise<string | null> {
  try {
    const answer = await fetch(`/api/photo/${sha256}`, { cache: 'no-store' });
    return answer.ok ? URL.createObjectURL(await answer.blob()) : null;
  } catch {
    return null;
  }
}
