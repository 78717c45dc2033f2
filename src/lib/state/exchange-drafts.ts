/**
 * Exchanges that were begun and not kept, sealed on this phone: a killed app goes on where it was.
 * Knows where they lie and how they are told apart; the exchange's page and the first page call it.
 */
import type { ExchangeDraft } from '#lib/field/exchange-draft.ts';
import type { MeterView, Offline } from '#lib/offline/types.ts';

export type BegunExchange = {
  readonly roundId: number;
  readonly meterId: number;
  readonly place: string;
  readonly at: number;
  readonly draft: ExchangeDraft;
};

const KEY = 'exchange-drafts';
type Stop = Pick<MeterView, 'roundId' | 'meterId'>;

export async function begunExchanges(offline: Offline): Promise<readonly BegunExchange[]> {
  return (await offline.snapshots.get<readonly BegunExchange[]>(KEY))?.data ?? [];
}

export async function findDraft(offline: Offline, stop: Stop): Promise<ExchangeDraft | null> {
  const all = await begunExchanges(offline);
  return all.find((one) => isOf(one, stop))?.draft ?? null;
}

export async function keepDraft(offline: Offline, begun: BegunExchange): Promise<void> {
  const others = (await begunExchanges(offline)).filter((one) => !isOf(one, begun));
  await offline.snapshots.put(KEY, [...others, begun]);
}

export async function dropDraft(offline: Offline, stop: Stop): Promise<void> {
  const others = (await begunExchanges(offline)).filter((one) => !isOf(one, stop));
  await offline.snapshots.put(KEY, others);
}

const isOf = (one: Stop, stop: Stop): boolean =>
  one.roundId === stop.roundId && one.meterId === stop.meterId;
