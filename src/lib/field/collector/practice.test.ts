/** The practice collectors over the transport that the app gives them, found as a real one is. */
import { expect, test } from 'vitest';
import { DAY_MS } from '#lib/base/interval.ts';
import type { CollectorRead } from '#lib/contract/collector-read.ts';
import { openSimulatedCollector } from '#lib/transport/simulated.ts';
import { Port } from '../port.ts';
import { findCollector } from './connect.ts';
import { readOut } from './read-out.ts';
import { newVisit, progressOf, type Visit } from './visit.ts';

const ROUND = Array.from({ length: 24 }, (_, i) => ({
  ...{ meterId: i + 1, serial: String(77_000_000 + i * 37), radioId: null, manufacturer: null },
  ...{ register: 10, decimals: 3, hasKey: false, usualPerDay: null, state: 'ahead' as const },
  history: [[Date.now() - 30 * DAY_MS, String(400_000 + i)]] as [number, string][],
}));

test.each([
  { speed: 115_200, total: 27 },
  { speed: 9600, total: 30 },
])(
  '$total meters at $speed baud are found and taken quickly',
  async ({ speed, total }) => {
    const house = { meters: ROUND, total, baud: speed };
    const transport = await openSimulatedCollector('practice', house);
    const work = {
      ...{ port: new Port(transport), patience: 1, counters: null },
      signal: new AbortController().signal,
    };
    const found = await findCollector(work);
    if (!found.ok) throw new Error(found.error.code);
    expect(found.value).toMatchObject({ kind: 'emis951', settings: { baud: speed } });
    expect(found.value.identity).toMatchObject({ serial: 'J100-00720' });
    const kept: CollectorRead[] = [];
    let visit: Visit = newVisit('00000000-0000-7000-8000-000000000001', 1, Date.now());
    const beganAt = Date.now();
    const end = await readOut(
      {
        ...{ work, found: found.value, known: () => ROUND, now: Date.now },
        keep: async (body) => void kept.push(body),
        onVisit: (now) => void (visit = now),
      },
      visit,
    );
    await transport.close();
    expect(end.code).toBe('complete');
    const { done, failed, unassigned } = progressOf(visit);
    expect(done + failed).toBe(total);
    // One of the round is never reached; the neighbours are nobody's.
    expect(kept.filter(({ meterId }) => meterId !== null)).toHaveLength(23);
    expect(unassigned).toBe(done - 23);
    expect(kept.filter(({ due }) => due !== null)).toHaveLength(23);
    // A clock that looks every 20 ms would take half a second and more for each meter.
    expect((Date.now() - beganAt) / total).toBeLessThan(400);
  },
  60_000,
);
