/**
 * Transport layer headers: none, short and long (EN 13757-7:2018 clause 7). Knows where the
 * application starts and which security mode it claims; decrypts nothing (`security.ts`). Called by
 * the wired and the wireless decoders.
 *
 * | kind  | CI | id 4 | manufacturer 2 | version 1 | type 1 | access 1 | status 1 | config 2 (+1) |
 * | long  | x  | x    | x              | x         | x      | x        | x        | x             |
 * | short | x  |      |                |           |        | x        | x        | x             |
 */
import { fault, ok, type Result } from '#lib/base/result.ts';
import { concatBytes } from '#lib/base/bytes.ts';
import type { DeviceAddress } from '../telegram.ts';
import { readLinkAddress, toLinkOrder, toTransportOrder, writeLinkAddress } from './address.ts';
import { CI_TABLE, type CiContent, type CiRow, type TplKind } from './ci.table.ts';

export type Tpl = {
  readonly ci: number;
  readonly kind: TplKind;
  readonly content: CiContent;
  /** The meter's own address (long header only), decoded and as eight bytes in link order. */
  readonly address: DeviceAddress | null;
  readonly addressBytes: Uint8Array | null;
  readonly access: number;
  readonly status: number;
  /** Configuration word; 0 without header. */
  readonly config: number;
  /** Security mode, bits 8 to 12 of the configuration word (clause 7.5.8). */
  readonly mode: number;
  /** Encrypted blocks: of 16 bytes in modes 5 and 7, where 15 means all; of 8 in modes 2 and 3. */
  readonly blocks: number;
  /** Configuration field extension of modes 7 to 10, otherwise null. */
  readonly extension: number | null;
  /** Offset of the CI byte and of the first application byte. */
  readonly at: number;
  readonly end: number;
};

const HEADER_LENGTH = { none: 0, short: 4, long: 12 } as const;

const BY_CI: readonly (CiRow | undefined)[] = Array.from({ length: 256 }, (_, ci) =>
  CI_TABLE.find((row) => ci >= row.from && ci <= row.to),
);

function blocksOf(mode: number, config: number): number {
  if (mode === 2 || mode === 3) return (config & 255) >> 3;
  return mode === 5 || mode === 7 ? (config >> 4) & 15 : 0;
}

/** Reads the header whose CI byte is at `at`. Errors: `unsupported_ci`, `truncated`. */
export function readTpl(b: Uint8Array, at: number): Result<Tpl> {
  const ci = b[at];
  const row = ci === undefined ? undefined : BY_CI[ci];
  if (ci === undefined) return fault('truncated', 'There is no CI byte.', { offset: at });
  if (!row) {
    return fault('unsupported_ci', `CI ${ci.toString(16)}h is not supported.`, { offset: at });
  }
  const { kind, content } = row;
  let end = at + 1 + HEADER_LENGTH[kind];
  if (end > b.length) return fault('truncated', 'The header is cut off.', { offset: at });
  const addressBytes = kind === 'long' ? toLinkOrder(b.subarray(at + 1, at + 9)) : null;
  const config = kind === 'none' ? 0 : b[end - 2]! | (b[end - 1]! << 8);
  const mode = (config >> 8) & 0x1f;
  // Clause 7.6.5: the modes with a derived key add one byte that names key and derivation.
  const extension = mode >= 7 && mode <= 10 ? (b[end++] ?? null) : null;
  if (end > b.length) return fault('truncated', 'The header is cut off.', { offset: at });
  return ok({
    ci,
    kind,
    content,
    address: addressBytes && readLinkAddress(addressBytes, 0),
    addressBytes,
    access: kind === 'none' ? 0 : b[at + 1 + HEADER_LENGTH[kind] - 4]!,
    status: kind === 'none' ? 0 : b[at + 1 + HEADER_LENGTH[kind] - 3]!,
    config,
    mode,
    blocks: blocksOf(mode, config),
    extension,
    at,
    end,
  });
}

export type TplFields = {
  readonly ci: number;
  readonly address?: DeviceAddress | undefined;
  readonly access: number;
  readonly status: number;
  readonly config: number;
  readonly extension?: number | undefined;
};

/** Twin of `readTpl`: CI byte and header; a short or absent header by what `ci` says. */
export function writeTpl(fields: TplFields): Uint8Array {
  const kind = BY_CI[fields.ci]?.kind ?? 'none';
  if (kind === 'none') return Uint8Array.of(fields.ci);
  const address =
    kind === 'long' && fields.address
      ? toTransportOrder(writeLinkAddress(fields.address))
      : new Uint8Array(kind === 'long' ? 8 : 0);
  const { access, status, config, extension } = fields;
  return concatBytes(
    Uint8Array.of(fields.ci),
    address,
    Uint8Array.of(access, status, config, config >> 8),
    extension === undefined ? new Uint8Array(0) : Uint8Array.of(extension),
  );
}
