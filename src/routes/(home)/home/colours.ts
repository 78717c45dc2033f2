/**
 * Colours a resident may give a meter (B-84). The wire carries the token's name, never a value, so
 * that every theme keeps at least 3:1 against its ground; a browser test measures that. The charts
 * pair each with a shape and a pattern.
 */
import type { Resource } from '#lib/domain/resource.ts';
import { m } from '#lib/i18n/paraglide/messages.js';
import { TOKEN } from '#lib/ui/look.ts';

export const METER_COLOURS = [
  { token: 'res-electricity', name: m.home_colour_amber },
  { token: 'res-cold', name: m.home_colour_blue },
  { token: 'res-hot', name: m.home_colour_plum },
  { token: 'res-gas', name: m.home_colour_teal },
  { token: 'res-heat', name: m.home_colour_brick },
  { token: 'viz-own', name: m.home_colour_ink },
  { token: 'seq-5', name: m.home_colour_steel },
  { token: 'positive', name: m.home_colour_olive },
] as const;

/** CSS colour of a meter: the chosen token, or the resource's own. */
export function colourOf(token: string | null, resource: Resource): string {
  const known = METER_COLOURS.some((colour) => colour.token === token);
  return `var(--${known ? token : `res-${TOKEN[resource]}`})`;
}
