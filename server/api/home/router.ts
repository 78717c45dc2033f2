import { router } from '#server/api/trpc.ts';
import { getCalendar } from './get-calendar.ts';
import { getChart } from './get-chart.ts';
import { getComparison } from './get-comparison.ts';
import { getConsent } from './get-consent.ts';
import { getHome } from './get-home.ts';
import { getIndicators } from './get-indicators.ts';
import { getReading } from './get-reading.ts';
import { listMeters } from './list-meters.ts';
import { setColour } from './set-colour.ts';
import { setConsent } from './set-consent.ts';
import { setFacts } from './set-facts.ts';

export const homeRouter = router({
  getCalendar,
  getChart,
  getComparison,
  getConsent,
  getHome,
  getIndicators,
  getReading,
  listMeters,
  setColour,
  setConsent,
  setFacts,
});
