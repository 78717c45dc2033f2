/**
 * Brings a resident's own reading to the server, or keeps it until there is a network.
 *
 * The reading is stored before the first attempt and its id is made once, so that neither a closed
 * page nor a lost answer loses it or counts it twice. It knows no words. The page of R11 calls it.
 */
import { TRPCClientError } from '@trpc/client';
import { createApi } from '#lib/api/client.ts';
import type { SubmitAnswer, SubmitReading } from '#lib/contract/home-life.ts';
import { snapshots } from './home-snapshots.ts';

export type Delivery =
  | { readonly state: 'received'; readonly id: string; readonly answer: SubmitAnswer }
  /** On this phone; `sendWaiting` tries again. */
  | { readonly state: 'waiting'; readonly id: string }
  /** The server answered that it will never take it. */
  | { readonly state: 'refused'; readonly id: string }
  /** Neither the server nor this phone has it. */
  | { readonly state: 'not-kept'; readonly id: string };

const KEY = 'waiting-readings';
/** Answers after which the same reading may still be taken: sign in again, server busy. */
const PASSING = new Set(['UNAUTHORIZED', 'TOO_MANY_REQUESTS', 'SERVICE_UNAVAILABLE']);

async function waitingList(): Promise<readonly SubmitReading[]> {
  const kept = await (await snapshots())?.get<readonly SubmitReading[]>(KEY).catch(() => null);
  return kept?.data ?? [];
}

/** False when this phone cannot keep it. */
async function change(
  edit: (list: readonly SubmitReading[]) => readonly SubmitReading[],
): Promise<boolean> {
  try {
    const store = await snapshots();
    await store?.put(KEY, edit(await waitingList()));
    return store !== null;
  } catch {
    return false;
  }
}

async function send(reading: SubmitReading): Promise<Delivery> {
  const { id } = reading;
  try {
    const answer = await createApi(fetch).home.submitReading.mutate(reading);
    await change((list) => list.filter((one) => one.id !== id));
    return { state: 'received', id, answer };
  } catch (error) {
    const data = error instanceof TRPCClientError ? (error.data as { code?: string } | null) : null;
    if (!data?.code || PASSING.has(data.code) || data.code.startsWith('INTERNAL')) {
      return { state: 'waiting', id };
    }
    await change((list) => list.filter((one) => one.id !== id));
    return { state: 'refused', id };
  }
}

export async function deliver(reading: SubmitReading): Promise<Delivery> {
  const kept = await change((list) => [...list, reading]);
  const delivery = await send(reading);
  return delivery.state === 'waiting' && !kept ? { state: 'not-kept', id: reading.id } : delivery;
}

export const countWaiting = async (): Promise<number> => (await waitingList()).length;

/** Tries every kept reading once; resolves with how many still wait. */
export async function sendWaiting(): Promise<number> {
  for (const reading of await waitingList()) await send(reading);
  return countWaiting();
}
