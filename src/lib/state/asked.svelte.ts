/**
 * One thing that was asked of a device: its last answer stays when a later question fails, with
 * the time it came and why there is no newer one. Knows Results, no device; the console's state
 * makes one for each section.
 */
import type { Instant } from '#lib/base/interval.ts';
import type { Fault, Result } from '#lib/base/result.ts';

export class Asked<T> {
  value = $state.raw<T | null>(null);
  at = $state<Instant | null>(null);
  failure = $state.raw<Fault | null>(null);
  busy = $state(false);

  /** The answer, or null: see `failure`. A second question waits for nobody: it is not asked. */
  async run(work: () => Promise<Result<T>>): Promise<T | null> {
    if (this.busy) return null;
    this.busy = true;
    this.failure = null;
    try {
      const result = await work();
      if (!result.ok) {
        this.failure = result.error;
        return null;
      }
      this.value = result.value;
      this.at = Date.now();
      return result.value;
    } finally {
      this.busy = false;
    }
  }
}
