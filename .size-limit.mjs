import { LIMITS, firstLoadOf } from './tools/first-load.mjs';

export default LIMITS.map(({ name, route, limit }) => ({
  name: `first load of ${name} (${route})`,
  path: firstLoadOf(route),
  gzip: true,
  limit,
}));
