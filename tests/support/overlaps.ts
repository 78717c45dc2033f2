/**
 * Listens whether somebody asks a database connection a second thing before it answered the first.
 * `pg` queues such questions with a warning and its next version refuses them.
 */
import type pg from 'pg';

/** The texts of questions that came too early, filled while the pool is used. */
export function watchOverlaps(pool: pg.Pool): string[] {
  const early: string[] = [];
  pool.on('connect', (client) => {
    const ask = client.query.bind(client) as (...args: unknown[]) => unknown;
    let open = 0;
    const done = (): void => void (open -= 1);
    const watched = (...args: unknown[]): unknown => {
      if (open > 0) early.push(textOf(args[0]));
      open += 1;
      const last = args.at(-1);
      if (typeof last !== 'function') {
        const answer = ask(...args) as Promise<unknown>;
        answer.then(done, done);
        return answer;
      }
      const answered = (...result: unknown[]): unknown => {
        done();
        return (last as (...r: unknown[]) => unknown)(...result);
      };
      return ask(...args.slice(0, -1), answered);
    };
    Object.assign(client, { query: watched });
  });
  return early;
}

const textOf = (query: unknown): string =>
  typeof query === 'string' ? query : String((query as { text?: unknown }).text);
