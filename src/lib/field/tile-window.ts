/**
 * Which tiles of a round the picture of progress draws. A house fits whole; of a town's thousands a
 * screen holds a part, and the part is where the person stands. Knows numbers only.
 */
export type TileWindow = {
  readonly perRow: number;
  /** First and end of the drawn tiles, half-open, whole rows. */
  readonly from: number;
  readonly to: number;
};

/** Twelve a row as drawn; larger houses get smaller tiles rather than a longer picture. */
const PER_ROW = [
  [84, 12],
  [180, 18],
] as const;
const MOST_A_ROW = 24;
/** So many rows of the smallest tiles fit above the next meter on the smallest phone we know. */
const ROWS = 20;
/** Rows shown before the next meter: what was just done stays in sight. */
const ROWS_BEFORE = 6;

/** `next`: place of the next meter in walking order, or -1 when none is ahead. */
export function tileWindow(total: number, next: number): TileWindow {
  const perRow = PER_ROW.find(([most]) => total <= most)?.[1] ?? MOST_A_ROW;
  const rows = Math.ceil(total / perRow);
  if (rows <= ROWS) return { perRow, from: 0, to: total };
  const wanted = Math.floor(Math.max(0, next) / perRow) - ROWS_BEFORE;
  const first = Math.min(Math.max(0, wanted), rows - ROWS);
  return { perRow, from: first * perRow, to: Math.min(total, (first + ROWS) * perRow) };
}
