import { answerRescue } from '#server/sync/http.ts';
import type { RequestHandler } from './$types';

export const POST: RequestHandler = ({ locals, request }) => answerRescue(locals, request);
