import { router } from '#server/api/trpc.ts';
import { assignRound, createRound } from './create-round.ts';
import { getBoard } from './get-board.ts';
import { getEvidence } from './get-evidence.ts';
import { getPoint } from './get-point.ts';
import { findPlaces, listPeople, revokeMember, setElectricalGroup } from './list-people.ts';
import { blockPhone, listPhones } from './list-phones.ts';
import { getHousePlace, setHousePlace } from './house-place.ts';
import { listPlaces } from './list-places.ts';
import { listPoints } from './list-points.ts';
import { listFindings } from './list-findings.ts';
import { listConflicts, listReadings } from './list-readings.ts';
import { getRound, listHouses, listRounds } from './list-rounds.ts';

export const deskRouter = router({
  getBoard,
  listFindings,
  listPlaces,
  getHousePlace,
  setHousePlace,
  listPoints,
  getPoint,
  getEvidence,
  listReadings,
  listConflicts,
  listRounds,
  listHouses,
  getRound,
  createRound,
  assignRound,
  listPeople,
  revokeMember,
  setElectricalGroup,
  findPlaces,
  listPhones,
  blockPhone,
});
