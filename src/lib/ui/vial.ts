/**
 * Geometry of the vial's ruler: which window it shows and where the ticks stand. Knows numbers
 * only. Vial.svelte and the pages that set its window call it.
 */
export type VialScale = {
  readonly from: number;
  readonly to: number;
  readonly minor: number;
  readonly major: number;
};
export type Tick = {
  readonly value: number;
  readonly major: boolean;
  readonly labelled: boolean;
  readonly side: 'start' | 'middle' | 'end';
};

/** Labels closer than this run into each other at 12 px. */
const LABEL_PX = 64;
/** Half of a label: nearer to the edge it would be cut. */
const EDGE_PX = 20;

/** 1, 2 or 5 times a power of ten, the first that is not below `least`. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5, 10].find((n) => n * power >= least) ?? 10) * power;
}

/** A window that holds all `points` with room and round ends; below nought only for what is. */
export function scaleOf(points: readonly number[]): VialScale {
  const low = Math.min(...points);
  const high = Math.max(...points);
  const span = Math.max(high - low, Math.abs(high) * 0.2, 1e-6);
  const major = niceStep(span / 2.5);
  const minor = major / 5;
  const pad = span * 0.45;
  const from = Math.floor((low - pad) / minor) * minor;
  return {
    from: low < 0 ? from : Math.max(0, from),
    to: Math.ceil((high + pad) / minor) * minor,
    minor,
    major,
  };
}

/**
 * Ticks of the ruler; labels that would touch each other stay away, and so do those beyond the
 * edge unless they stand exactly at it (`side` then says where the text goes).
 */
export function ticksOf(scale: VialScale, widthPx: number, edges: boolean): Tick[] {
  const { from, to, minor, major } = scale;
  const count = Math.min(200, Math.round((to - from) / minor));
  const perPx = (to - from) / Math.max(1, widthPx);
  const every = Math.max(1, Math.ceil((LABEL_PX * perPx) / major));
  const room = EDGE_PX * perPx;
  return Array.from({ length: count + 1 }, (_, i) => {
    const value = from + i * minor;
    const nth = value / major;
    const isMajor = Math.abs(nth - Math.round(nth)) < 1e-6;
    const side = value - from < room ? 'start' : to - value < room ? 'end' : 'middle';
    const atEdge = edges && (i === 0 || i === count);
    const labelled =
      isMajor && (side === 'middle' || atEdge) && Math.abs(Math.round(nth) % every) === 0;
    return { value, major: isMajor, labelled, side };
  });
}
