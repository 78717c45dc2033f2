/**
 * One xDLMS or ACSE APDU (IEC 62056-5-3:2017 clause 8), both ways. Knows which byte leads to which
 * row of the tables; knows no keys and no session. Called by the push reader, the client, the
 * simulated meter and the command line.
 */
import { err, fault, ok, type Result } from '#lib/base/result.ts';
import { readAcse, writeAcse, type AcseApdu } from './acse.ts';
import { seq, u32, u8, type Codec } from './codec.ts';
import { Cursor, FormWriter, type Forms } from './cursor.ts';
import { CIPHERED, SERVICES, SHORT_NAME_TAGS, type ApduRow } from './services.table.ts';

type ApduOf<R> = R extends ApduRow<infer N, infer T> ? { readonly type: N } & T : never;
export type ServiceApdu = ApduOf<(typeof SERVICES)[number]>;

/** A service ciphered as a whole; `ciphered` begins with the security control byte. */
export type CipheredApdu = {
  readonly type: (typeof CIPHERED)[keyof typeof CIPHERED];
  readonly ciphered: Uint8Array;
};

/** `invocationCounter` comes with service error 6 only (IEC 62056-5-3:2017 clause 8). */
export type ExceptionResponse = {
  readonly type: 'exception-response';
  readonly stateError: number;
  readonly serviceError: number;
  readonly invocationCounter: number | null;
};

export type Apdu = ServiceApdu | CipheredApdu | ExceptionResponse | AcseApdu;

const EXCEPTION = 0xd8;
const COUNTER_ERROR = 6;
const exceptionLead = seq({ stateError: u8, serviceError: u8 });

/** Services whose second byte chooses; walked by tag first. */
const ROWS: readonly ApduRow<string, unknown>[] = SERVICES;

function readException(c: Cursor): ExceptionResponse {
  const lead = exceptionLead.read(c);
  const hasCounter = lead.serviceError === COUNTER_ERROR && c.left > 0;
  return {
    type: 'exception-response',
    ...lead,
    invocationCounter: hasCounter ? u32.read(c) : null,
  };
}

function readService(c: Cursor, tag: number): Apdu | null {
  const rows = ROWS.filter((row) => row.lead[0] === tag);
  if (rows.length === 0) {
    const isKnown = SHORT_NAME_TAGS.includes(tag);
    c.fail(isKnown ? 'unsupported_apdu' : 'unknown_apdu', `No service begins with byte ${tag}.`);
    return null;
  }
  const hasChoice = rows[0]!.lead.length === 2;
  const choice = hasChoice ? c.byte() : undefined;
  const row = rows.find(({ lead }) => lead[1] === choice);
  if (!row) {
    c.fail('bad_choice', `The service has no choice ${choice}.`, 'IEC 62056-5-3:2017 8');
    return null;
  }
  return { type: row.type, ...(row.body.read(c) as object) } as ServiceApdu;
}

function readAny(c: Cursor): Apdu | null {
  const tag = c.byte();
  if (c.failed) return null;
  if (tag === EXCEPTION) return readException(c);
  const type = (CIPHERED as Readonly<Record<number, CipheredApdu['type']>>)[tag];
  if (type) return { type, ciphered: c.octets() };
  return readAcse(c, tag) ?? readService(c, tag);
}

export type DecodedApdu = { readonly apdu: Apdu; readonly forms: Forms };

/**
 * Reads one APDU that fills `bytes`. `forms` makes `encodeApdu` repeat it byte by byte. Errors:
 * `truncated`, `trailing_bytes`, `bad_choice`, `bad_length`, `unknown_apdu`, `unsupported_apdu`,
 * and those of the data inside.
 */
export function decodeApdu(bytes: Uint8Array): Result<DecodedApdu> {
  const c = new Cursor(bytes);
  const apdu = readAny(c);
  if (!c.failed) c.end();
  if (c.fault) return err(c.fault);
  return apdu ? ok({ apdu, forms: c.forms }) : fault('unknown_apdu', 'No APDU.');
}

/** Twin of `decodeApdu`. */
export function encodeApdu(apdu: Apdu, forms: Forms = new Map()): Uint8Array {
  const w = new FormWriter(forms);
  if ('parts' in apdu) writeAcse(w, apdu);
  else if (apdu.type === 'exception-response') {
    w.byte(EXCEPTION, apdu.stateError, apdu.serviceError);
    if (apdu.invocationCounter !== null) w.uintBe(apdu.invocationCounter, 4);
  } else {
    const row = ROWS.find(({ type }) => type === apdu.type);
    if (row) {
      w.byte(...row.lead);
      (row.body as Codec<unknown>).write(w, apdu);
    } else if ('ciphered' in apdu) {
      const tag = Object.entries(CIPHERED).find(([, type]) => type === apdu.type)?.[0];
      w.byte(Number(tag)).octets(apdu.ciphered);
    }
  }
  return w.done();
}
