/** `npm test`: checks Node with old syntax only, then hands over to run-tests.mjs. */
import { isNodeFit } from './node-version.mjs';

if (isNodeFit()) import('./run-tests.mjs').then((runner) => runner.runTests());
