/**
 * Where bars, lines and labels of a chart stand. Knows numbers and pixels, no words, no colours.
 * Charts start at zero and draw a missing value as nothing (design.md 8). Components of this folder
 * call it.
 */
import { scaleLinear } from 'd3-scale';

export type Values = readonly (number | null)[];
export type Point = { readonly x: number; readonly y: number };
export type Frame = {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
  readonly bottom: number;
  readonly count: number;
};

/** What is to come from bucket `from` on, with the 10th and 90th percentile of each bucket. */
export type Forecast = {
  readonly from: number;
  readonly values: Values;
  readonly lows: Values;
  readonly highs: Values;
  readonly label: string;
};

/** At most five gridlines from zero to a round number above the greatest value. */
export function valueScale(greatest: number, frame: Frame) {
  const scale = scaleLinear()
    .domain([0, greatest > 0 ? greatest : 1])
    .nice(4)
    .range([frame.height - frame.bottom, frame.top]);
  return { y: (value: number): number => scale(value), ticks: scale.ticks(4) };
}

export const slotWidth = (frame: Frame): number =>
  (frame.width - frame.left) / Math.max(1, frame.count);

export const slotX = (frame: Frame, index: number): number => frame.left + index * slotWidth(frame);

/** Unbroken runs of a line; a gap in the data stays a gap in the line. */
export function runsOf(values: Values, at: (value: number, index: number) => Point): Point[][] {
  const runs: Point[][] = [];
  let open: Point[] | null = null;
  values.forEach((value, index) => {
    if (value === null) {
      open = null;
      return;
    }
    if (!open) runs.push((open = []));
    open.push(at(value, index));
  });
  return runs;
}

export const pathOf = (run: readonly Point[]): string =>
  run.map(({ x, y }, i) => `${i ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');

/** Which label of the date axis survives: all, or every nth so that none touches the next. */
export function labelEvery(frame: Frame, widestPx: number): number {
  const every = Math.ceil(widestPx / slotWidth(frame));
  return [1, 2, 3, 4, 6, 7, 8, 12].find((n) => n >= every) ?? every;
}

/**
 * Slot where a direct label of `span` slots covers the least: the window whose highest drawing is
 * lowest. Returns the window's middle and that height, in values.
 */
export function quietest(tops: Values, span: number): { middle: number; top: number } {
  const last = Math.max(0, tops.length - span);
  let best = { middle: 0, top: Infinity };
  for (let from = 0; from <= last; from += 1) {
    const top = Math.max(0, ...tops.slice(from, from + span).map((v) => v ?? 0));
    if (top < best.top) best = { middle: from + Math.floor(span / 2), top };
  }
  return best;
}
