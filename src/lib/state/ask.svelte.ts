/**
 * One question to the server with its answer, for screens that work only with a network.
 *
 * It knows waiting, answer and trouble; it knows no procedure. The last answer stays while the next
 * one is on its way. Pages of the desk make one for each question.
 */
export type Trouble = 'offline' | 'forbidden' | 'refused';

export class Ask<T> {
  data = $state.raw<T | null>(null);
  trouble = $state<Trouble | null>(null);
  /** The server's own sentence, in English; only for details. */
  why = $state('');
  busy = $state(false);
  at = $state(0);
  #turn = 0;

  /** Runs `work`; an answer that comes after a newer question was asked is dropped. */
  async run(work: () => Promise<T>): Promise<void> {
    const turn = ++this.#turn;
    this.busy = true;
    try {
      const data = await work();
      if (turn !== this.#turn) return;
      this.data = data;
      this.trouble = null;
      this.at = Date.now();
    } catch (error) {
      if (turn !== this.#turn) return;
      this.trouble = troubleOf(error);
      this.why = (error as Error).message;
    } finally {
      if (turn === this.#turn) this.busy = false;
    }
  }
}

function troubleOf(error: unknown): Trouble {
  const code = (error as { data?: { code?: string } | null }).data?.code;
  if (!code) return 'offline';
  return code === 'FORBIDDEN' || code === 'UNAUTHORIZED' ? 'forbidden' : 'refused';
}
