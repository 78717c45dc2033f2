/** What an alert says, in the reader's language. Home and the leak page call it. */
import type { HomeAlert } from '#lib/contract/home.ts';
import { formatMoney, formatQuantity } from '#lib/i18n/format.ts';
import { m } from '#lib/i18n/paraglide/messages.js';
import { resourceName } from '#lib/ui/look.ts';
import { when } from './words.ts';

const TITLE = {
  'water-never-stops': m.home_alert_water,
  burst: m.home_alert_burst,
  stuck: m.home_alert_stuck,
  silent: m.home_alert_silent,
} as const;

export const alertTitle = (alert: HomeAlert): string =>
  TITLE[alert.kind]({ resource: resourceName(alert.resource) });

/** Since when, how much, what it costs: each part only where it is known. */
export function alertText(alert: HomeAlert, zone: string): string {
  const parts = [m.home_alert_since({ when: when(alert.sinceAt, zone) })];
  const flow =
    alert.perHour && formatQuantity(alert.perHour, alert.perHour.unit === 'm3' ? 'm3/h' : 'W');
  const cost = alert.costPerDay && formatMoney(alert.costPerDay);
  if (flow && cost) parts.push(m.home_alert_flow_cost({ flow, cost }));
  else if (flow) parts.push(m.home_alert_flow({ flow }));
  else if (cost) parts.push(m.home_alert_cost({ cost }));
  return parts.join(' ');
}

export const isWater = (alert: HomeAlert): boolean =>
  alert.kind === 'water-never-stops' || alert.kind === 'burst';
