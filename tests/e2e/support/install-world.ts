/**
 * What a self-installation needs before it begins: a home without meters, an invitation made by
 * the operator's own procedure, and a pulse module whose telegrams come through a fake receiver.
 */
import type { Page } from '@playwright/test';
import { decimal, type Decimal } from '#lib/base/decimal.ts';
import { createPulseModule } from '#lib/sim/devices/pulse-module.ts';
import { callRouter } from '#server/api/root.ts';
import type { fakeDongle } from './fake-dongle.ts';
import { operator } from './vector-round.ts';
import { theApp } from './world.ts';

export type Home = { readonly orgId: number; readonly placeId: number; readonly url: string };

/** A house of its own, so that nothing that is stored there can be anybody else's. */
export async function invitedHome(address: string): Promise<Home> {
  const app = theApp();
  const caller = await operator();
  const { id: placeId } = await app.db.withOrg(caller.orgId, (tx) =>
    tx.place.create({
      data: { orgId: caller.orgId, kind: 'house', name: address, address },
    }),
  );
  const { url } = await callRouter({ app, caller }).invite.createInvitation({
    role: 'tenant',
    placeId,
    email: null,
    days: 7,
  });
  return { orgId: caller.orgId, placeId, url };
}

/** A module on a real clock: telegrams leave through the receiver until `stop`. */
export function virtualModule(
  dongle: ReturnType<typeof fakeDongle>,
  options: { readonly serial: string; readonly dial: Decimal },
) {
  const module = createPulseModule({
    seed: 7,
    serial: options.serial,
    channel: 1,
    inputs: 2,
    pulseWeight: decimal(1, -3),
    dial: options.dial,
    fault: 'none',
  });
  let heardTo = Date.now();
  const timer = setInterval(() => {
    const now = Date.now();
    for (const { bytes } of module.telegrams(heardTo, now)) void dongle.transmit(bytes);
    heardTo = now;
  }, 500);
  return { ...module, stop: () => clearInterval(timer) };
}

/** Counts what a thumb does: a tap on a button or into a field. Digits typed are no taps. */
export class Thumb {
  taps = 0;
  readonly #page: Page;
  constructor(page: Page) {
    this.#page = page;
  }

  async tap(name: string | RegExp): Promise<void> {
    this.taps += 1;
    await this.#page.getByRole('button', { name, exact: true }).click();
  }

  async write(label: string, text: string): Promise<void> {
    this.taps += 1;
    await this.#page.getByLabel(label, { exact: true }).click();
    await this.#page.keyboard.type(text);
  }

  /** The big keys under the drum. */
  async dial(digits: string): Promise<void> {
    const keys = this.#page.getByRole('group', { name: 'Digit keys' });
    for (const digit of digits) await keys.getByRole('button', { name: digit }).click();
  }
}
