/**
 * A receiver that hears one pulse module, as bytes of a serial port: what a person sees who tries
 * the installation without any hardware.
 *
 * It knows the module and a listen-only receiver's lines; it knows no port. Only
 * transport/simulated.ts and tests make one.
 */
import type { Instant } from '#lib/base/interval.ts';
import { wrapTelegram } from '../../meters/dongles/dongle.ts';
import { createPulseModule, type PulseModule, type PulseModuleOptions } from './pulse-module.ts';

export type PulseReceiver = {
  readonly module: PulseModule;
  write(bytes: Uint8Array, at: Instant): void;
  poll(at: Instant): readonly Uint8Array[];
};

const NEAR_DBM = -48;

export function createPulseReceiver(options: PulseModuleOptions): PulseReceiver {
  const module = createPulseModule(options);
  let heardTo: Instant | null = null;
  return {
    module,
    write: () => {},
    poll(at) {
      const from = heardTo ?? at;
      heardTo = at;
      return module
        .telegrams(from, at)
        .map(({ bytes }) => wrapTelegram('rtlwmbus', bytes, NEAR_DBM));
    },
  };
}
