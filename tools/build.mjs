/** Builds the app when its sources changed; `npm test` and the container's recipe call it. */
import { ensureBuilt } from './packages.mjs';
import { giveUp } from './trouble.mjs';

await ensureBuilt().catch(giveUp);
