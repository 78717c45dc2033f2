/** `npm start`: checks Node with old syntax only, then hands over to launch.mjs. */
import { isNodeFit } from './node-version.mjs';

if (isNodeFit()) import('./launch.mjs').then((launcher) => launcher.launch('build'));
