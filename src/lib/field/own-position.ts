/**
 * Where the phone is while a map is open. Knows the browser's location service; keeps and sends
 * nothing. Ends with the function it returns, so that a closed map costs no battery.
 */
import { positionOfDegrees, type Position } from '#lib/domain/position.ts';

export type OwnPosition = { readonly at: Position; readonly accuracyM: number };
/** `refused`: the person or the browser said no; `unknown`: no satellite and no network here. */
export type PositionTrouble = 'refused' | 'unknown';

const OLD_MS = 15_000;
const WAIT_MS = 30_000;

export function watchPosition(
  onPosition: (own: OwnPosition) => void,
  onTrouble: (trouble: PositionTrouble) => void,
): () => void {
  const { geolocation } = navigator as { geolocation?: Geolocation };
  if (!geolocation) {
    onTrouble('refused');
    return () => {};
  }
  const id = geolocation.watchPosition(
    ({ coords }) =>
      onPosition({
        at: positionOfDegrees(coords.latitude, coords.longitude),
        accuracyM: Math.round(coords.accuracy),
      }),
    ({ code, PERMISSION_DENIED }) => onTrouble(code === PERMISSION_DENIED ? 'refused' : 'unknown'),
    { enableHighAccuracy: true, maximumAge: OLD_MS, timeout: WAIT_MS },
  );
  return () => geolocation.clearWatch(id);
}
