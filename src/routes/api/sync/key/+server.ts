import { answerKey } from '#server/sync/http.ts';
import type { RequestHandler } from './$types';

export const GET: RequestHandler = ({ locals }) => answerKey(locals);
