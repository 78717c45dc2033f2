/**
 * Turns the world's failures into one plain sentence for the person at the terminal.
 *
 * It knows the usual causes (port taken, disk full, database not reached) and nothing of what was
 * being done. Every program in tools/ may call it; it imports nothing, because it must also work
 * before anything is installed.
 */

/** A failure whose message is written for the person at the terminal; printed without a stack. */
export class Trouble extends Error {
  name = 'Trouble';
}

const DISK_FULL = /ENOSPC|no space left on device|could not extend file|disk quota exceeded/i;

/** Codes of Node, libpq and PostgreSQL and what the person can do about each. */
const SENTENCES = {
  ENOTFOUND: (at) =>
    `No computer answers to the name in DATABASE_URL (${at}). Check the host name.`,
  EAI_AGAIN: (at) => `The name in DATABASE_URL (${at}) could not be looked up. Check the network.`,
  ECONNREFUSED: (at) =>
    `Nothing accepts connections at ${at}. Start PostgreSQL there or correct DATABASE_URL.`,
  ETIMEDOUT: (at) => `The database at ${at} did not answer in time. Check host, port and firewall.`,
  EHOSTUNREACH: (at) => `The network has no way to ${at}. Check host and network.`,
  '28P01': (at) => `The database at ${at} refused the user name or password of DATABASE_URL.`,
  28000: (at) => `The database at ${at} does not let this user in (see its pg_hba.conf).`,
  '3D000': (at) => `The server at ${at} has no such database. Create it, or correct DATABASE_URL.`,
  53300: (at) => `The database at ${at} has no free connection. Close other programs or raise it.`,
  42501: (at) => `The user of DATABASE_URL lacks a right at ${at} that Kilter needs.`,
};

/** `host:port/database` of a PostgreSQL address, never its password. */
export function placeOf(databaseUrl) {
  try {
    const url = new URL(databaseUrl);
    return `${url.hostname}:${url.port || 5432}${decodeURIComponent(url.pathname)}`;
  } catch {
    return 'the address in DATABASE_URL';
  }
}

/** The sentence for a failed connection; falls back to the server's own words. */
export function databaseTrouble(error, databaseUrl) {
  if (!/^postgres(ql)?:\/\/./.test(databaseUrl)) {
    return new Trouble(
      'DATABASE_URL must look like postgresql://user:password@host:5432/database.',
    );
  }
  const cause = error?.errors?.[0] ?? error;
  const at = placeOf(databaseUrl);
  const known = SENTENCES[cause?.code];
  if (known) return new Trouble(known(at));
  if (isDiskFull(cause)) return diskTrouble('the database server');
  return new Trouble(`The database at ${at} cannot be used: ${cause?.message || cause?.code}.`);
}

/** True when an error or a log says that no space is left. */
export function isDiskFull(errorOrText) {
  if (errorOrText?.code === 'ENOSPC') return true;
  return DISK_FULL.test(String(errorOrText?.message ?? errorOrText));
}

/** The sentence for a full disk. */
export function diskTrouble(where) {
  return new Trouble(
    `The disk is full (${where}). Free about 1 GB and start again; no data is lost.`,
  );
}

/** Prints a failure and ends the process: one sentence when it is known, the whole stack if not. */
export function giveUp(error) {
  const known = isDiskFull(error) && !(error instanceof Trouble) ? diskTrouble('here') : error;
  if (known instanceof Trouble) console.error(`\nKilter cannot go on: ${known.message}`);
  else console.error('\nKilter stopped by a mistake of its own:\n', known);
  process.exitCode = 1;
}
