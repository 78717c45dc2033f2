/**
 * "Explain every byte" for the stream protocols: fields in order that together are the telegram.
 * Knows how to cut bytes into named fields, no protocol; called by the `explain.ts` of each.
 * Names are words that user interfaces translate.
 */
import { toHex } from '#lib/base/bytes.ts';

export type ExplainedByte = {
  readonly layer: string;
  readonly name: string;
  readonly offset: number;
  readonly length: number;
  readonly hex: string;
  /** What the bytes say; empty where the name says it all. */
  readonly text: string;
};

export type Explainer = {
  readonly at: number;
  readonly left: number;
  /** The next `length` bytes, as far as there are any, are the field `[layer, name]`. */
  take(field: readonly [layer: string, name: string], length: number, text?: string): void;
  /** Ends the list: what is left is `left_over`. */
  done(): readonly ExplainedByte[];
};

export function createExplainer(bytes: Uint8Array): Explainer {
  const fields: ExplainedByte[] = [];
  let at = 0;
  const take: Explainer['take'] = ([layer, name], wanted, text = '') => {
    const length = Math.min(wanted, bytes.length - at);
    if (length <= 0) return;
    const hex = toHex(bytes.subarray(at, at + length));
    fields.push({ layer, name, offset: at, length, hex, text });
    at += length;
  };
  return {
    get at() {
      return at;
    },
    get left() {
      return bytes.length - at;
    },
    take,
    done() {
      take(['', 'left_over'], bytes.length - at);
      return fields;
    },
  };
}
