/**
 * How the bytes of a telegram are coloured and what they mean, for the two views of the meter card:
 * as received by layer, and decrypted by record. Called by Evidence.svelte.
 */
import type { ExplainedByte } from '#lib/contract/readings.ts';
import { fieldName } from '../../code-words.table.ts';

export type Layer = { readonly name: string; readonly offset: number; readonly length: number };

/** Neighbouring bytes that belong together. */
export type BytePart = {
  readonly at: number;
  readonly bytes: readonly string[];
  /** A class of Bytes.svelte. */
  readonly look: string;
  readonly meaning: string;
};

const bytesOf = (hex: string, at: number, length: number): readonly string[] =>
  hex.slice(at * 2, (at + length) * 2).match(/../g) ?? [];

export const fieldMeaning = ({ name, text }: Pick<ExplainedByte, 'name' | 'text'>): string =>
  [fieldName(name), text].filter(Boolean).join(': ');

type Received = {
  readonly hex: string;
  readonly layers: readonly Layer[];
  readonly fields: readonly ExplainedByte[];
  /** The data layer is cipher text: nothing in it means anything yet. */
  readonly sealed: boolean;
};

/** By layer, a part a field. */
export function layerParts({ hex, layers, fields, sealed }: Received): BytePart[] {
  return layers.flatMap(({ name, offset, length }) => {
    const isShut = sealed && name === 'application';
    const own = fields.filter((f) => f.layer === name);
    const look = isShut ? 'sealed' : name;
    if (isShut || own.length === 0) {
      return [{ at: offset, bytes: bytesOf(hex, offset, length), look, meaning: '' }];
    }
    return own.map((f) => ({
      at: f.offset,
      bytes: bytesOf(hex, f.offset, f.length),
      look,
      meaning: fieldMeaning(f),
    }));
  });
}

const FILLERS = ['filler', 'rest', 'manufacturer_data', 'compact_data', 'encrypted'];

/** By record: neighbours differ in colour, the record in question stands out, fillers step back. */
export const recordParts = (fields: readonly ExplainedByte[], own: number | null): BytePart[] =>
  fields
    .filter((field) => field.layer === 'application')
    .map((field, i) => ({
      at: field.offset,
      bytes: bytesOf(field.hex, 0, field.length),
      look: FILLERS.includes(field.name) ? 'quiet' : field.offset === own ? 'own' : `c${i % 4}`,
      meaning: fieldMeaning(field),
    }));
