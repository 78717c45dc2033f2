import '../../../app.css';
import { describe, expect, test } from 'vitest';
import { METER_COLOURS, colourOf } from './colours.ts';

/** Relative luminance of WCAG 2.2 for `rgb(r, g, b)`. */
function luminance(rgb: string): number {
  const [r, g, b] = (rgb.match(/[\d.]+/g) ?? []).map((part) => {
    const c = Number(part) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
}

function painted(colour: string): string {
  const probe = document.createElement('i');
  probe.style.color = colour;
  document.body.append(probe);
  const rgb = getComputedStyle(probe).color;
  probe.remove();
  return rgb;
}

const ratio = (a: string, b: string): number => {
  const [light, dark] = [luminance(painted(a)), luminance(painted(b))].sort((x, y) => y - x);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
};

describe('colours a resident may choose', () => {
  for (const theme of ['light', 'dark', 'sunlight']) {
    test(`each stands out 3:1 from every ground in ${theme}`, () => {
      document.documentElement.dataset['theme'] = theme;
      for (const { token } of METER_COLOURS) {
        for (const ground of ['--surface-0', '--surface-1', '--surface-2']) {
          // Tokens are rounded to a byte a channel; 2.95 prints as 3.0.
          expect(
            ratio(`var(--${token})`, `var(${ground})`),
            `${token} on ${ground}`,
          ).toBeGreaterThanOrEqual(2.95);
        }
      }
    });
  }

  test('an unknown name falls back to the colour of the resource', () => {
    expect(colourOf('../evil', 'gas')).toBe('var(--res-gas)');
    expect(colourOf('seq-5', 'gas')).toBe('var(--seq-5)');
  });
});
