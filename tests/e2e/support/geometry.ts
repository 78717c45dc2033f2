/**
 * Finds text that a person cannot read although it is on the page: pushed out sideways, cut off by
 * its own box, or lying under other text.
 *
 * It knows boxes only and no screen. WCAG 2.2 asks for two things. 1.4.4: text doubled without
 * loss; a phone does that by its text size, so the root's font size is doubled at 360 px. 1.4.10:
 * 320 CSS pixels without scrolling two ways, which is what 1280 px at 400 % leave. 360 px at plain
 * size is the promise of the house.
 */
import type { Page } from '@playwright/test';

export const SIZES = [
  { name: '360 px', width: 360, text: '100%' },
  { name: '320 px', width: 320, text: '100%' },
  { name: '360 px, text 200 %', width: 360, text: '200%' },
] as const;

/** One line for each mistake at each of the sizes; leaves the page at 390 px and plain text. */
export async function geometryProblems(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const { name, width, text } of SIZES) {
    // Charts ask for the text size when their width changes, so the text goes first.
    await page.evaluate((size) => (document.documentElement.style.fontSize = size), text);
    await page.setViewportSize({ width, height: 844 });
    await page.evaluate(
      () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
    );
    found.push(...(await page.evaluate(problemsNow)).map((problem) => `${name}: ${problem}`));
  }
  await page.evaluate(() => (document.documentElement.style.fontSize = ''));
  await page.setViewportSize({ width: 390, height: 844 });
  return found;
}

/** Runs in the page, so everything it needs is inside. */
export function problemsNow(): string[] {
  type Box = { left: number; top: number; right: number; bottom: number };
  type Piece = Box & { text: string; owner: Element; layer: Element | null };
  const styles = new Map<Element, CSSStyleDeclaration>();
  const styleOf = (element: Element): CSSStyleDeclaration => {
    const known = styles.get(element) ?? getComputedStyle(element);
    styles.set(element, known);
    return known;
  };
  const short = (text: string) => text.trim().replace(/\s+/g, ' ').slice(0, 40);
  const cut = (a: Box, b: Box): Box => ({
    left: Math.max(a.left, b.left),
    top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right),
    bottom: Math.min(a.bottom, b.bottom),
  });

  /** Kept for screen readers or not drawn at all. */
  function isHidden(element: Element): boolean {
    for (let at: Element | null = element; at; at = at.parentElement) {
      const { display, visibility, opacity, clipPath } = styleOf(at);
      if (display === 'none' || visibility === 'hidden' || opacity === '0') return true;
      const { width, height } = at.getBoundingClientRect();
      if (
        clipPath.startsWith('inset(50%') ||
        (width <= 1.5 && height <= 1.5 && at.children.length === 0)
      )
        return true;
    }
    return false;
  }

  /** Bars that stay while the page moves below them cover text by design. */
  function layerOf(element: Element): Element | null {
    for (let at: Element | null = element; at; at = at.parentElement) {
      if (['fixed', 'sticky'].includes(styleOf(at).position) || at.matches('dialog')) return at;
    }
    return null;
  }

  /** What its scrolling and clipping parents leave of a box. */
  function visiblePart(element: Element, box: Box): Box {
    let left = box;
    for (let at: Element | null = element; at && at !== document.body; at = at.parentElement) {
      const { overflowX, overflowY } = styleOf(at);
      const frame = at.getBoundingClientRect();
      if (overflowX !== 'visible')
        left = cut(left, { ...left, left: frame.left, right: frame.right });
      if (overflowY !== 'visible')
        left = cut(left, { ...left, top: frame.top, bottom: frame.bottom });
    }
    return left;
  }

  const problems: string[] = [];
  const pieces: Piece[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const owner = node.parentElement;
    const text = short(node.textContent ?? '');
    if (!owner || !text || owner.closest('script, style, noscript, option')) continue;
    if (!owner.checkVisibility() || isHidden(owner)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const line of range.getClientRects()) {
      // The letters themselves fill about the middle half of the line's content box.
      const margin = line.height * 0.24;
      const letters = { left: line.left + 1, right: line.right - 1 };
      const box = { ...letters, top: line.top + margin, bottom: line.bottom - margin };
      const seen = visiblePart(owner, box);
      if (seen.right - seen.left < 1 || seen.bottom - seen.top < 1) continue;
      pieces.push({ ...seen, text, owner, layer: layerOf(owner) });
    }
  }

  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) {
    const wide = pieces.filter(({ right }) => right > width + 1).map(({ text }) => text);
    problems.push(
      `moves sideways to ${document.documentElement.scrollWidth} px (${wide[0] ?? '?'})`,
    );
  }

  // Only what hides its overflow cuts text off; a box that scrolls shows it when asked.
  for (const element of document.body.querySelectorAll('*')) {
    if (element.closest('svg') || !element.checkVisibility()) continue;
    const { overflowX, overflowY, textOverflow } = styleOf(element);
    const hides = (axis: string) => axis === 'hidden' || axis === 'clip';
    if (!hides(overflowX) && !hides(overflowY)) continue;
    if (!short(element.textContent ?? '') || isHidden(element)) continue;
    const tooWide = hides(overflowX) && element.scrollWidth > element.clientWidth + 1;
    const tooHigh = hides(overflowY) && element.scrollHeight > element.clientHeight + 1;
    if (tooWide || tooHigh) {
      problems.push(`cut off: "${short(element.textContent ?? '')}" ${textOverflow}`);
    }
  }

  for (const [index, one] of pieces.entries()) {
    for (const other of pieces.slice(index + 1)) {
      if (one.layer !== other.layer || one.owner === other.owner) continue;
      const both = cut(one, other);
      if (both.right - both.left > 2 && both.bottom - both.top > 2) {
        problems.push(`"${one.text}" lies on "${other.text}"`);
      }
    }
  }
  return [...new Set(problems)];
}
