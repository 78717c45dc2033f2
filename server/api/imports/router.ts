import { router } from '#server/api/trpc.ts';
import { listRejects } from './list-rejects.ts';
import { listRuns } from './list-runs.ts';
import { uploadMeters } from './upload-meters.ts';
import { uploadReadings } from './upload-readings.ts';

export const importsRouter = router({ uploadMeters, uploadReadings, listRuns, listRejects });
