import { answerTileFacts } from '#server/entry/tiles.ts';
import type { RequestHandler } from './$types';

export const GET: RequestHandler = ({ locals }) => answerTileFacts(locals);
