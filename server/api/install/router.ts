import { router } from '#server/api/trpc.ts';
import { approveRequest } from './approve-request.ts';
import { getOwn } from './get-own.ts';
import { getPhoto } from './get-photo.ts';
import { listRequests } from './list-requests.ts';
import { putPhoto } from './put-photo.ts';
import { returnRequest } from './return-request.ts';
import { submitRequest } from './submit-request.ts';

export const installRouter = router({
  getOwn,
  submitRequest,
  putPhoto,
  listRequests,
  getPhoto,
  approveRequest,
  returnRequest,
});
