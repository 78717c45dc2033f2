/** `npm run dev`: as `npm start`, but Vite serves the sources and reloads on change. */
import { isNodeFit } from './node-version.mjs';

if (isNodeFit()) import('./launch.mjs').then((launcher) => launcher.launch('dev'));
