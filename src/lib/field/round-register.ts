/**
 * Picks the total that a round reads among the registers a meter tells.
 *
 * It knows the catalogue; it knows no protocol. A meter may call itself another medium than its
 * place (a cold-water meter on a hot pipe), therefore group A of the OBIS code does not decide. The
 * radio and the optical use case call it.
 */
import { rescale } from '#lib/base/decimal.ts';
import { registerType } from '#lib/domain/register-types.table.ts';
import type { RegisterValue } from '#lib/meters/normalise.ts';

/** Integer in the register's scale, or null when the meter did not tell it. */
export function roundRegister(values: readonly RegisterValue[], register: number): bigint | null {
  const type = registerType(register);
  if (!type) return null;
  const present = values.filter((value) => value.storage === 0 && value.subunit === 0);
  const found =
    present.find(({ obis }) => obis === type.obis) ??
    present.find(
      ({ quantity, unit, tariff }) =>
        quantity === type.quantity && unit === type.unit && tariff === type.zone,
    );
  return found && found.unit === type.unit ? rescale(found.value, type.scale).units : null;
}
