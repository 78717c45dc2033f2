/** How long readings stay single rows. Nothing newer than this is ever packed into arrays. */
import { DAY_MS, startOfUtcDay, type Instant } from '#lib/base/interval.ts';

export const HOT_DAYS = 10;

/** First instant of the hot window: a UTC midnight. Older readings are late when they arrive. */
export const hotFrom = (now: Instant): Instant => startOfUtcDay(now) - HOT_DAYS * DAY_MS;
