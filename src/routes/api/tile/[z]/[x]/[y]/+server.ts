import { answerTile } from '#server/entry/tiles.ts';
import type { RequestHandler } from './$types';

export const GET: RequestHandler = ({ locals, params }) => answerTile(locals, params);
