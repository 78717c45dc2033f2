/**
 * A value of lib/offline that changes, as a rune. The one place where a subscription of the phone's
 * storage becomes `$state`; states of reader and resident call it.
 */
import type { Live } from '#lib/offline/types.ts';

export class LiveState<T> {
  current = $state.raw() as T;
  /** True once the storage has answered; before that `current` is the initial value. */
  known = $state(false);
  readonly #stop: () => void;

  constructor(live: Live<T>, initial: T) {
    this.current = initial;
    this.#stop = live.subscribe((value) => {
      this.current = value;
      this.known = true;
    });
  }

  close(): void {
    this.#stop();
  }
}
