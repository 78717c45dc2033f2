/** A sign for each reason of an exchange. Only the exchange's page calls it. */
import type { ExchangeReason } from '#lib/contract/exchange.ts';
import { calendarClock } from '#lib/ui/icons/calendar-clock.ts';
import { circleX } from '#lib/ui/icons/circle-x.ts';
import { droplets } from '#lib/ui/icons/droplets.ts';
import { ellipsis } from '#lib/ui/icons/ellipsis.ts';
import { eyeOff } from '#lib/ui/icons/eye-off.ts';
import { radio } from '#lib/ui/icons/radio.ts';
import { wrench } from '#lib/ui/icons/wrench.ts';

export const REASON_ICONS: Readonly<Record<ExchangeReason, string>> = {
  'verification-due': calendarClock,
  broken: circleX,
  'dial-unreadable': eyeOff,
  leaking: droplets,
  damaged: wrench,
  upgrade: radio,
  other: ellipsis,
};
