/** Between the cells of the drum and decimal text. */
type Shape = { readonly digits: number; readonly decimals: number };

/** `00123456` with three red cells is `123.456`. */
export function dialText(typed: string, { digits, decimals }: Shape): string {
  const cells = typed.padEnd(digits + decimals, '0');
  const whole = cells.slice(0, digits).replace(/^0+(?=\d)/, '');
  return decimals ? `${whole}.${cells.slice(digits)}` : whole;
}

/** The cells that show `text`; empty when there is nothing yet. */
export function digitsOf(text: string, { digits, decimals }: Shape): string {
  if (!text) return '';
  const [whole = '', fraction = ''] = text.split('.');
  return (
    whole.padStart(digits, '0').slice(-digits) + fraction.padEnd(decimals, '0').slice(0, decimals)
  );
}
