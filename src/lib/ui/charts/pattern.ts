/**
 * Fill patterns by which two series stay apart without colour (design.md 4). Each resource has its
 * own; a second meter of the same resource takes the next free one.
 */
import type { Resource } from '#lib/domain/resource.ts';

export const PATTERNS = [
  'solid',
  'stripes',
  'dots',
  'diagonal',
  'bars',
  'cross',
  'grid',
  'backslash',
] as const;
export type Pattern = (typeof PATTERNS)[number];

/** Point that goes with the pattern, on a 22 px grid around zero; `ring` is stroked. */
export const POINTS: Readonly<Record<Pattern, { d: string; stroked?: true }>> = {
  solid: { d: 'M0-6L6 5H-6z' },
  stripes: { d: 'M-5.5 0a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0' },
  dots: { d: 'M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0', stroked: true },
  diagonal: { d: 'M0-6.5L6.5 0 0 6.5-6.5 0z' },
  bars: { d: 'M-5-5h10v10h-10z' },
  cross: { d: 'M-5-5L5 5M5-5L-5 5', stroked: true },
  grid: { d: 'M0-6V6M-6 0H6', stroked: true },
  backslash: { d: 'M0 6L6-5H-6z' },
};

const OF: Readonly<Record<Resource, Pattern>> = {
  electricity: 'solid',
  'cold-water': 'stripes',
  'hot-water': 'dots',
  gas: 'diagonal',
  heat: 'bars',
};

/**
 * One pattern a meter, none twice as long as there are enough of them. The first meter of a
 * resource has the resource's own; give all meters of the home, so that each keeps its shape.
 */
export function patternsOf(resources: readonly Resource[]): Pattern[] {
  const first = (resource: Resource, i: number): boolean => resources.indexOf(resource) === i;
  const taken = new Set<Pattern>(resources.filter(first).map((resource) => OF[resource]));
  return resources.map((resource, i) => {
    if (first(resource, i)) return OF[resource];
    const pattern = PATTERNS.find((one) => !taken.has(one)) ?? OF[resource];
    taken.add(pattern);
    return pattern;
  });
}
