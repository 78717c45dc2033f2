/**
 * Hands files of the console to the person: makes them with lib/field/console/export and lets the
 * browser save them. Nothing leaves the phone. The console's screens call it.
 */
import {
  logText,
  metersSheet,
  profileSheet,
  readSet,
  setChanges,
} from '#lib/field/console/export.ts';
import { toCsv, toSet, toXlsx, valuesSheet } from '#lib/field/console/export.ts';
import type { Cell, SetChange, Sheet } from '#lib/field/console/export.ts';
import type { ParameterSet } from '#lib/field/console/types.ts';

export const make = { logText, metersSheet, profileSheet, valuesSheet, toSet };
export const setFile = { readSet, setChanges };
export type { Cell, ParameterSet, SetChange, Sheet };

/** Names of files keep to signs that every system allows. */
export const fileName = (parts: readonly string[], ending: string): string =>
  `kilter-${parts
    .map((part) => part.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, ''))
    .filter(Boolean)
    .join('-')}.${ending}`;

export function saveText(name: string, text: string, type = 'text/plain'): void {
  save(name, new Blob([text], { type: `${type};charset=utf-8` }));
}

export async function saveSheet(name: string, sheet: Sheet, as: 'xlsx' | 'csv'): Promise<void> {
  const blob =
    as === 'xlsx' ? await toXlsx([sheet]) : new Blob([toCsv(sheet)], { type: 'text/csv' });
  save(name, blob);
}

/** The browser reads the blob after the click; a minute is more than it needs. */
const KEEP_MS = 60_000;

function save(name: string, blob: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEEP_MS);
}
