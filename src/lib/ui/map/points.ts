/** A house on a map as a drawing: a ring that fills with the work, and what is left as a number. */
import type { Position } from '#lib/domain/position.ts';

export type MapPoint = {
  readonly id: string;
  readonly at: Position;
  /** `next` = go here; `other` = not of this round; `plain` = a point without work to tell. */
  readonly kind: 'next' | 'house' | 'other' | 'plain';
  readonly done: number;
  readonly total: number;
  /** What a person who does not see the map hears. */
  readonly words: string;
};

const SIZE = 48;
const MIDDLE = SIZE / 2;
const RING = 19;

/** SVG text made of numbers alone: no word of a register gets into the markup. */
export function pointIcon({ kind, done, total }: MapPoint): string {
  const size = `width="${SIZE}" height="${SIZE}"`;
  const head = `<svg viewBox="0 0 ${SIZE} ${SIZE}" ${size} aria-hidden="true">`;
  const circle = (name: string, r: number, more = ''): string =>
    `<circle class="${name}" cx="${MIDDLE}" cy="${MIDDLE}" r="${r}"${more}/>`;
  if (kind === 'other') return `${head}${circle('far', 7)}</svg>`;
  if (kind === 'plain') return `${head}${circle('next', 12)}</svg>`;
  const left = total - done;
  const length = 2 * Math.PI * RING;
  const share = total > 0 ? (length * done) / total : 0;
  const dashes = `stroke-dasharray="${share.toFixed(1)} ${length.toFixed(1)}"`;
  const arc = ` ${dashes} transform="rotate(-90 ${MIDDLE} ${MIDDLE})"`;
  const inside =
    left > 0
      ? `<text x="${MIDDLE}" y="${MIDDLE + 5}">${left}</text>`
      : `<path class="tick" d="M16 24l6 6 10-12"/>`;
  return [
    head,
    circle('ground', 23),
    circle('rest', RING),
    circle('done', RING, arc),
    kind === 'next' ? circle('next', 14) : '',
    inside,
    '</svg>',
  ].join('');
}
