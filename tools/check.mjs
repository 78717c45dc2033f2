/** `npm run check`: the fast part of `npm test`. */
import { isNodeFit } from './node-version.mjs';

if (isNodeFit()) import('./run-tests.mjs').then((runner) => runner.runChecks());
