/**
 * Values for "it worked" and "the data is wrong".
 *
 * Knows nothing about what failed. Codecs, VEE, contracts and imports return a Result because
 * untrusted data being wrong is ordinary; throwing is kept for the world failing (device, network,
 * database) and for our own mistakes (base/assert.ts). Anyone may call it.
 */
export type Ok<T> = { readonly ok: true; readonly value: T };
export type Err<E> = { readonly ok: false; readonly error: E };
export type Result<T, E = Fault> = Ok<T> | Err<E>;

/** Why a piece of untrusted data was refused. `code` is snake_case and documented by its module. */
export type Fault = {
  readonly code: string;
  /** Byte (or character) offset of the first offending element, when known. */
  readonly offset?: number | undefined;
  /** Clause of the standard that was broken, e.g. `EN 13757-3:2018 6.3.3`. */
  readonly clause?: string | undefined;
  /** One plain English sentence for a log; user interfaces translate `code` instead. */
  readonly detail: string;
};

export const ok = <T>(value: T): Ok<T> => ({ ok: true, value });
export const err = <E>(error: E): Err<E> => ({ ok: false, error });

/** Build a `Fault` result in one call. */
export const fault = (
  code: string,
  detail: string,
  more: { offset?: number; clause?: string } = {},
): Err<Fault> => err({ code, detail, ...more });
