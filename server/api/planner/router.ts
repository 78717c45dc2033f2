/** The desk's round planner: choose, order, divide, watch, decide. */
import { router } from '#server/api/trpc.ts';
import { compareRound, countDisputes, decideDispute, listDisputes } from './disputes.ts';
import {
  copyRound,
  moveStop,
  removeFromRound,
  setHouseOrder,
  splitRound,
  walkNaturally,
} from './edit.ts';
import { addToRound, createPlan, preview } from './plan.ts';
import { getProgress, listStops } from './progress.ts';
import { listSectors, removeSector, saveSector } from './sectors.ts';

export const plannerRouter = router({
  preview,
  createPlan,
  addToRound,
  setHouseOrder,
  moveStop,
  walkNaturally,
  removeFromRound,
  splitRound,
  copyRound,
  getProgress,
  listStops,
  listSectors,
  saveSector,
  removeSector,
  listDisputes,
  countDisputes,
  compareRound,
  decideDispute,
});
