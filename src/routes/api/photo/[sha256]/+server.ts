import { answerPhoto } from '#server/sync/http.ts';
import type { RequestHandler } from './$types';

const handle: RequestHandler = ({ locals, request, params }) =>
  answerPhoto(locals, request, params.sha256);

export const HEAD = handle;
export const GET = handle;
export const PATCH = handle;
