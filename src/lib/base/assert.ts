/**
 * Checks of our own mistakes. They stay on in production: a wrong bill costs more than a crash.
 * Never use them on data from outside (that is a `Result`). Anyone may call it.
 */
export class AssertionError extends Error {
  override name = 'AssertionError';
}

/** Throws `AssertionError` with `message` when `condition` is false. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Returns `value`, or throws when it is null or undefined. */
export function must<T>(value: T | null | undefined, message: string): T {
  assert(value !== null && value !== undefined, message);
  return value;
}

/** Marks a branch that the types prove impossible. */
export function unreachable(value: never, message = 'unreachable'): never {
  throw new AssertionError(`${message}: ${String(value)}`);
}
