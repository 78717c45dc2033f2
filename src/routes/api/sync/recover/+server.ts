import { answerRecover } from '#server/sync/http.ts';
import type { RequestHandler } from './$types';

export const POST: RequestHandler = ({ locals, request }) => answerRecover(locals, request);
