/** Meters that readers found and no list knows: the desk looks and decides. */
import { router } from '#server/api/trpc.ts';
import { enterNew, joinKnown, setAside } from './decide.ts';
import { count, list } from './list.ts';

export const foundRouter = router({ list, count, joinKnown, enterNew, setAside });
