/**
 * Firmware of a device: image transfer (IEC 62056-6-2:2017 clause 4.4.6, class 18): initiate, send
 * the blocks that are missing, verify, activate. A transfer that broke off goes on where it was,
 * when the same image is sent again. Who may do so is decided by the app.
 */
import { ok } from '#lib/base/result.ts';
import { fromLatin1 } from '#lib/base/bytes.ts';
import * as make from '../cosem/build.ts';
import { integerOf } from '../values.ts';
import type { ClientContext } from './context.ts';
import { failure, type Dialog } from './dialog.ts';
import { get, isData } from './services.ts';
import { action } from './writing.ts';

export const IMAGE_TRANSFER = { classId: 18, obis: '0-0:44.0.0*255' } as const;
const ATTRIBUTE = { blockSize: 2, firstMissing: 4, enabled: 5, status: 6 } as const;
const METHOD = { initiate: 1, block: 2, verify: 3, activate: 4 } as const;
/** `image_transfer_status`; the even ones in between are "under way". */
export const IMAGE_STATUS = {
  notInitiated: 0,
  initiated: 1,
  verifying: 2,
  verified: 3,
  verifyFailed: 4,
  activating: 5,
  activated: 6,
  activateFailed: 7,
} as const;
const TEMPORARY_FAILURE = 2;
/** A device that verifies says "temporary failure" meanwhile; it is asked so often. */
const MAX_POLLS = 120;
const MAX_BLOCK = 4096;

function* readNumber(context: ClientContext, attribute: number): Dialog<number> {
  const result = yield* get(context, { ...IMAGE_TRANSFER, attribute });
  if (!result.ok) return result;
  const { value } = result;
  if (!isData(value)) return failure('service_error', `Image transfer refuses: ${value.error}.`);
  if (value.data.type === 'boolean') return ok(value.data.value ? 1 : 0);
  const number = integerOf(value.data);
  return number === null
    ? failure('bad_answer', 'Image transfer answers with something else than a number.')
    : ok(Number(number));
}

/** Verify and activate take their time: the status says when they are over. */
function* finish(
  context: ClientContext,
  method: number,
  ends: { readonly good: number; readonly bad: number },
): Dialog<number> {
  const begun = yield* action(context, { ...IMAGE_TRANSFER, method }, make.i8(0));
  if (!begun.ok) return begun;
  const { status } = begun.value;
  if (status !== 0 && status !== TEMPORARY_FAILURE) return ok(status);
  for (let poll = 0; poll < MAX_POLLS; poll++) {
    const now = yield* readNumber(context, ATTRIBUTE.status);
    if (!now.ok) return now;
    if (now.value === ends.good) return ok(0);
    if (now.value === ends.bad) return failure('service_error', 'The device refuses the image.');
  }
  return failure('too_slow', 'The device never said that the image is whole.');
}

/** Sends what is missing; `onProgress` gets the part that is there, 0 to 1. */
function* sendBlocks(
  context: ClientContext,
  image: Uint8Array,
  onProgress: (part: number) => void,
): Dialog<number> {
  const size = yield* readNumber(context, ATTRIBUTE.blockSize);
  if (!size.ok) return size;
  if (size.value < 1 || size.value > MAX_BLOCK) {
    return failure('bad_answer', `Blocks of ${size.value} bytes are none.`);
  }
  const first = yield* readNumber(context, ATTRIBUTE.firstMissing);
  if (!first.ok) return first;
  const count = Math.ceil(image.length / size.value);
  for (let number = first.value; number < count; number++) {
    const part = image.slice(number * size.value, (number + 1) * size.value);
    const parameter = make.structure([make.u32(number), make.octets(part)]);
    const sent = yield* action(context, { ...IMAGE_TRANSFER, method: METHOD.block }, parameter);
    if (!sent.ok) return sent;
    if (sent.value.status !== 0) return ok(sent.value.status);
    onProgress((number + 1) / count);
  }
  return ok(0);
}

/**
 * The whole transfer; the result is an action result of `cosem/results.table.ts`, 0 is success.
 * The identifier tells the device which image it is: ours are told by their bytes.
 */
export function* transferImage(
  context: ClientContext,
  image: Uint8Array,
  onProgress: (part: number) => void,
): Dialog<number> {
  const enabled = yield* readNumber(context, ATTRIBUTE.enabled);
  if (!enabled.ok) return enabled;
  if (enabled.value === 0) return failure('service_error', 'The device takes no image now.');
  const identifier = make.octets(fromLatin1(identifierOf(image)));
  const parameter = make.structure([identifier, make.u32(image.length)]);
  const begun = yield* action(context, { ...IMAGE_TRANSFER, method: METHOD.initiate }, parameter);
  if (!begun.ok) return begun;
  if (begun.value.status !== 0) return ok(begun.value.status);
  const sent = yield* sendBlocks(context, image, onProgress);
  if (!sent.ok || sent.value !== 0) return sent;
  const { verified, verifyFailed, activated, activateFailed } = IMAGE_STATUS;
  const verify = { good: verified, bad: verifyFailed };
  const proved = yield* finish(context, METHOD.verify, verify);
  if (!proved.ok || proved.value !== 0) return proved;
  return yield* finish(context, METHOD.activate, { good: activated, bad: activateFailed });
}

/** FNV-1a of the bytes: the same image has the same name, another one hardly. */
function identifierOf(image: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (const byte of image) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return `IMG-${image.length}-${hash.toString(16).padStart(8, '0')}`;
}
