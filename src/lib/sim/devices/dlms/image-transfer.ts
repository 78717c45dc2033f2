/**
 * The image transfer of a simulated device (IEC 62056-6-2:2017 clause 4.4.6): takes blocks in
 * order, goes on after a break, verifies that the image is whole, activates it. Knows no firmware:
 * what was activated is told to `onActivate`. Called by `emis-concentrator.ts`.
 */
import { concatBytes, toLatin1 } from '#lib/base/bytes.ts';
import type { DlmsData } from '../../../meters/dlms/axdr.ts';
import { IMAGE_STATUS, IMAGE_TRANSFER } from '../../../meters/dlms/client/image.ts';
import * as make from '../../../meters/dlms/cosem/build.ts';
import { integerOf } from '../../../meters/dlms/values.ts';
import { cosemObject, RESULT, type CosemObject } from './objects.ts';

const BLOCK_SIZE = 96;

type Answer = { readonly status: number; readonly data: DlmsData | null };
const answer = (status: number): Answer => ({ status, data: null });

function pairOf(parameter: DlmsData | null): readonly [DlmsData, DlmsData] | null {
  if (parameter?.type !== 'structure') return null;
  const [a, b] = parameter.value;
  return a && b ? [a, b] : null;
}

export function imageTransfer(options: {
  readonly onActivate: (image: Uint8Array) => void;
}): CosemObject {
  let identifier = '';
  let size = 0;
  let status: number = IMAGE_STATUS.notInitiated;
  let blocks: Uint8Array[] = [];
  const received = (): number => blocks.reduce((sum, block) => sum + block.length, 0);

  function initiate(parameter: DlmsData | null): Answer {
    const pair = pairOf(parameter);
    const name = pair?.[0].type === 'octet-string' ? toLatin1(pair[0].value) : null;
    const wanted = integerOf(pair?.[1]);
    if (name === null || wanted === null || wanted < 1n) return answer(RESULT.typeUnmatched);
    // The same image again goes on where it broke off.
    if (name !== identifier) blocks = [];
    [identifier, size, status] = [name, Number(wanted), IMAGE_STATUS.initiated];
    return answer(RESULT.success);
  }

  function takeBlock(parameter: DlmsData | null): Answer {
    const pair = pairOf(parameter);
    const number = integerOf(pair?.[0]);
    const part = pair?.[1].type === 'octet-string' ? pair[1].value : null;
    if (status !== IMAGE_STATUS.initiated) return answer(RESULT.denied);
    if (number === null || !part || Number(number) > blocks.length) {
      return answer(RESULT.typeUnmatched);
    }
    blocks[Number(number)] = part;
    return answer(RESULT.success);
  }

  function verify(): Answer {
    status = received() === size ? IMAGE_STATUS.verified : IMAGE_STATUS.verifyFailed;
    return answer(RESULT.success);
  }

  function activate(): Answer {
    if (status !== IMAGE_STATUS.verified) return answer(RESULT.denied);
    status = IMAGE_STATUS.activated;
    options.onActivate(concatBytes(...blocks));
    [blocks, identifier] = [[], ''];
    return answer(RESULT.success);
  }

  return cosemObject({
    classId: IMAGE_TRANSFER.classId,
    obis: IMAGE_TRANSFER.obis,
    attributes: {
      2: make.u32(BLOCK_SIZE),
      4: () => ({ data: make.u32(blocks.length) }),
      5: make.boolean(true),
      6: () => ({ data: make.enumeration(status) }),
    },
    methods: { 1: initiate, 2: takeBlock, 3: verify, 4: activate },
  });
}
