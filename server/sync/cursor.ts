/**
 * Where a phone stands in the change log: (xid, seq) under a server epoch.
 *
 * Sequence numbers are given out before transactions commit, so `seq > cursor` skips rows for ever;
 * a pull shows only rows of transactions older than every running one (storage-and-sync 5.3). Pure;
 * pull-store.ts says the same in SQL, tests/sim runs this.
 */
export type Position = { readonly xid: bigint; readonly seq: bigint };
export type Cursor = Position & { readonly serverEpoch: string };

export const formatCursor = ({ serverEpoch, xid, seq }: Cursor): string =>
  `${serverEpoch}.${xid}.${seq}`;

/** Null for anything that is not a cursor of ours: the phone then starts anew. */
export function parseCursor(text: string | null): Cursor | null {
  const m = /^([0-9a-f-]{36})\.(\d{1,19})\.(\d{1,19})$/.exec(text ?? '');
  return m ? { serverEpoch: m[1]!, xid: BigInt(m[2]!), seq: BigInt(m[3]!) } : null;
}

/** Rows after `from` that no running transaction can still precede, in order, at most `limit`. */
export function visibleAfter<Row extends Position>(
  log: readonly Row[],
  from: Position,
  { xmin, limit }: { xmin: bigint; limit: number },
): Row[] {
  return log
    .filter((row) => row.xid < xmin && comparePositions(row, from) > 0)
    .sort(comparePositions)
    .slice(0, limit);
}

function comparePositions(a: Position, b: Position): number {
  if (a.xid !== b.xid) return a.xid < b.xid ? -1 : 1;
  return a.seq < b.seq ? -1 : a.seq > b.seq ? 1 : 0;
}
