/**
 * Finding a collector at the end of a port: its wire is asked at the speeds that collectors have,
 * then the optical eye. Knows the console's ways of finding; no list and no round.
 */
import { fault, type Result } from '#lib/base/result.ts';
import type { SerialSettings } from '#lib/transport/transport.ts';
import { detectDlms } from '../console/dlms.ts';
import { detectOptical } from '../console/optical.ts';
import type { FoundDevice } from '../console/types.ts';
import type { Work } from '../console/work.ts';

const wire = (baud: number): SerialSettings => ({
  ...{ baud, dataBits: 8, parity: 'none', stopBits: 1 },
});
/** RS-485 of the makers, then the speed of IEC 62056-46:2007 clause 6.2. */
const WIRES = [wire(115_200), wire(9600)] as const;
/** IEC 62056-21:2002 clause 4. */
const EYE: SerialSettings = { baud: 300, dataBits: 7, parity: 'even', stopBits: 1 };

/** A meter that answers is no collector: its own reading is taken elsewhere. */
const isCollector = (found: FoundDevice): Result<FoundDevice> =>
  found.kind === 'emis951'
    ? { ok: true, value: found }
    : fault('no_collector', 'What answers here is no collector.');

/** Errors: those of a session, `no_collector`, `stopped`. */
export async function findCollector(work: Work): Promise<Result<FoundDevice>> {
  for (const settings of WIRES) {
    const found = await detectDlms(work, settings);
    if (found.ok) return isCollector(found.value);
    if (found.error.code === 'stopped') return found;
  }
  await work.port.use(EYE);
  const behind = await detectOptical(work, EYE);
  return behind.ok ? isCollector(behind.value) : behind;
}
