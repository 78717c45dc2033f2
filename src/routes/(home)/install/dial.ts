/** Between the cells of the drum and decimal text, and what a printed number may look like. */
type Shape = { readonly digits: number; readonly decimals: number };

/** Letters and digits as printed on a meter or a module: what the server takes as a number. */
export const isSerial = (text: string): boolean => /^[0-9A-Za-z/.-]{2,32}$/.test(text);

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

/**
 * Whether a radio number fits the number on the body. Most makers print the eight digits of the
 * radio as the last digits of the serial number, or the other way round; until both are typed, and
 * where one of them is not made of digits, nothing is said.
 */
export function agreesWithSerial(of: {
  readonly deviceId: string;
  readonly serial: string;
}): boolean {
  const radio = of.deviceId.replace(/\D/g, '');
  const serial = of.serial.replace(/\D/g, '');
  if (radio.length < 8 || serial.length < 6 || radio.length !== of.deviceId.length) return true;
  const [long, short] = radio.length > serial.length ? [radio, serial] : [serial, radio];
  return long.includes(short.replace(/^0+/, ''));
}

/** A bar code may hold more than the number, such as a maker's prefix; it must hold the number. */
export const agreesWithBarCode = (serial: string, code: string): boolean =>
  code.toUpperCase().includes(serial.toUpperCase());
