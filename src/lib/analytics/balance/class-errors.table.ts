/** How far a meter of the usual accuracy class may be off, as a share of what it counted. */
import type { Resource } from '#lib/domain/resource.ts';

/**
 * Source: maximum permissible errors in the upper range of flow or current, Directive 2014/32/EU: water
 * class 2 (annex III, MI-001; above 30 degC 3 %), gas class 1.5 (annex IV, MI-002), electricity
 * class B (annex V, MI-003), heat class 2 as flow sensor, pair and calculator together (annex VI,
 * MI-004).
 */
export const CLASS_ERRORS: Readonly<Record<Resource, number>> = {
  electricity: 0.02,
  'cold-water': 0.02,
  'hot-water': 0.03,
  gas: 0.015,
  heat: 0.04,
};
