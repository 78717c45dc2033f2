/** `npm run check`: the part of `npm test` that takes under a minute. */
import { isNodeFit } from './node-version.mjs';

if (isNodeFit()) import('./run-tests.mjs').then((runner) => runner.runChecks());
