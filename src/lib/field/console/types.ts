/**
 * What the meter console shows of any device (X20): who it is, its values, parameters, profiles and
 * journal, and what was said on the line. Knows no protocol; the readers beside this file fill it,
 * lib/state and the screens show it.
 */
import type { Instant } from '#lib/base/interval.ts';
import type { ConsoleRole } from '#lib/domain/console-rights.table.ts';
import type { Result } from '#lib/base/result.ts';
import type { DlmsCounters } from '#lib/offline/dlms-counters.ts';
import type { SerialSettings } from '#lib/transport/transport.ts';

/** Ways of talking; `protocols.table.ts` says of each how it is found and read. */
export const CONSOLE_PROTOCOLS = [
  'sml',
  'p1',
  'iec-push',
  'dlms-push',
  'iec',
  'dlms',
  'mbus',
  'modbus',
] as const;
export type ConsoleProtocol = (typeof CONSOLE_PROTOCOLS)[number];

export type Identity = {
  readonly serial: string;
  readonly manufacturer: string;
  readonly model: string;
};

export type Neighbour = { readonly address: string; readonly serial: string };

export type FoundDevice = {
  readonly protocol: ConsoleProtocol;
  readonly settings: SerialSettings;
  readonly identity: Identity;
  /** A concentrator EMIS 951 has parameters, meters, profiles and a journal (E-37 to E-59). */
  readonly kind: 'meter' | 'emis951';
  /** DLMS behind an optical eye: every session signs on first (IEC 62056-21 mode E). */
  readonly isBehindEye?: boolean;
  /** Where the protocol needs it to come back: HDLC server, M-Bus or Modbus address. */
  readonly address: string;
  /** Of a bus with several meters: who was found by the search. */
  readonly neighbours?: readonly Neighbour[];
};

export type ConsoleValue = {
  /** OBIS code, or the protocol's own name of the place. */
  readonly code: string;
  /** As the device says it, with its own unit. */
  readonly text: string;
  readonly unit: string;
  /** In the canonical unit of the register, "4821.500 kWh"; null: no register is known for it. */
  readonly canonical: string | null;
  /** Word of `register-types.table.ts` or of the quantity; empty when unknown. */
  readonly quantity: string;
  /** The device's own clock for this value. */
  readonly time: string | null;
};

/** A profile that the device has, to be read on demand. */
export type ProfileRef = {
  readonly code: string;
  /** Word: `load`, `daily`, `monthly`, `max_active`, `max_reactive`, `other`. */
  readonly name: string;
  /** The most rows that the device gives; null when it does not say. */
  readonly capacity: number | null;
};

export type ProfileTable = {
  readonly ref: ProfileRef;
  /** Of the managed meter; empty for the device itself. */
  readonly serial: string;
  readonly columns: readonly { readonly code: string; readonly unit: string }[];
  readonly rows: readonly {
    readonly at: Instant | null;
    /** The device's own words for the time where it gives no instant. */
    readonly time: string;
    /** Exact decimal of each column; null is "no value". */
    readonly cells: readonly (string | null)[];
  }[];
};

export type Readout = {
  readonly identity: Identity;
  readonly values: readonly ConsoleValue[];
  readonly profiles: readonly ProfileRef[];
  /** Other devices on the same bus, by address; a click reads one. */
  readonly neighbours: readonly Neighbour[];
  /** What came, for the export and the record. */
  readonly raw: Uint8Array;
};

/** What a reader finds; the bytes are kept by the console itself. */
export type ReadParts = Omit<Readout, 'raw'>;

/** Names of what was asked; the screens have words for them. */
export type CommandName =
  | 'detect'
  | 'listen'
  | 'sign_on'
  | 'read'
  | 'search'
  | 'read_profile'
  | 'read_parameters'
  | 'write_parameter'
  | 'set_clock'
  | 'read_journal'
  | 'read_meters'
  | 'import_set'
  | 'change_password'
  | 'clear_data'
  | 'update_firmware';

export type LineNote =
  | { readonly at: Instant; readonly kind: 'sent' | 'received'; readonly bytes: Uint8Array }
  | { readonly at: Instant; readonly kind: 'opened'; readonly settings: SerialSettings };

/** One line of the exchange log: a command and how it ended (E-38). */
export type CommandEntry = {
  readonly id: number;
  readonly name: CommandName;
  /** Code, address or parameter that was asked for; empty for the device as a whole. */
  readonly target: string;
  readonly startedAt: Instant;
  readonly endedAt: Instant | null;
  readonly status: 'running' | 'done' | 'failed' | 'stopped';
  /** Code of the failure; words are `console_failure_<code>`. */
  readonly code: string;
  readonly detail: string;
  readonly notes: readonly LineNote[];
};

/** A parameter of a concentrator as it was read. */
export type ParameterValue = {
  /** Name of a row of `emis951.table.ts`. */
  readonly name: string;
  readonly group: string;
  readonly isWritable: boolean;
  /** How it is typed in: a choice of editors. */
  readonly editor: 'text' | 'secret' | 'number' | 'ip' | 'switch' | 'clock' | 'none';
  readonly text: string;
  readonly unit: string;
  /** Why there is no value; empty when there is one. */
  readonly problem: string;
};

/** Result of writing one parameter; `problem` is a word of the protocol's result table. */
export type WriteOutcome = {
  readonly name: string;
  readonly isWritten: boolean;
  readonly problem: string;
};

export type ManagedMeterView = {
  readonly number: number;
  readonly serial: string;
  readonly isOnLine: boolean;
  readonly isBlackListed: boolean;
  readonly lastSuccessAt: Instant | null;
  readonly lastFailureAt: Instant | null;
  readonly failures: number;
  /** PLC tree: number of the meter it is reached through (0: the concentrator), and its phase. */
  readonly parent: number | null;
  readonly level: number | null;
};

export type JournalEntry = {
  readonly at: Instant | null;
  readonly code: number;
  /** Word of `emis951.table.ts`; empty for codes nobody names. */
  readonly event: string;
  readonly phase: 'A' | 'B' | 'C' | null;
  readonly edge: 'start' | 'end' | 'once' | null;
  /** Meter that it happened to; empty: the concentrator itself. */
  readonly serial: string;
};

/** Every call can be stopped; failures are codes with a sentence for the record. */
export type Outcome<T> = Promise<Result<T>>;

export type Period = { readonly from: Instant; readonly to: Instant };

/** Whose rights are used with the concentrator (E-41); only readers come without a password. */
export type Access = {
  readonly role: ConsoleRole;
  /** Never stored; empty for readers (NLS, E-45). */
  readonly password: string;
};

/** Keys of a meter that lets nobody in without (suite 0); typed in, never stored or logged. */
export type DlmsSecurity = {
  /** Hex of 16 bytes: unicast encryption key (GUEK) and authentication key (GAK). */
  readonly key: string;
  readonly authKey: string;
  /** True proves the keys to each other with GMAC (HLS 5) before anything is asked. */
  readonly isProven: boolean;
  /** Where the meter shows the last counter that it took; empty: the kept one is right. */
  readonly counterObis: string;
};

/**
 * How a plain DLMS meter is entered: nothing for the public client, a password (LLS), or keys. With
 * keys everything is authenticated and encrypted.
 */
export type DlmsAccess = {
  readonly clientId: number;
  readonly password: string;
  readonly security?: DlmsSecurity;
};

/** Parameters as a file: the "set" format of E-59, to be carried to the next concentrator. */
export type ParameterSet = {
  readonly format: 'kilter-set/1';
  readonly model: 'emis951';
  readonly parameters: Readonly<Record<string, string>>;
};

export type Trial = { readonly protocol: ConsoleProtocol; readonly settings: SerialSettings };

/** Functions of a concentrator; each is one session on the line and one or more log lines. */
export interface EmisConsole {
  /** `names` of `emis951.table.ts`; those that the device refuses come with a `problem`. */
  readParameters(names: readonly string[]): Outcome<readonly ParameterValue[]>;
  /** `text` is what was typed; a value that cannot be is `bad_value` and nothing is sent. */
  writeParameter(name: string, text: string): Outcome<WriteOutcome>;
  setClock(at: Instant): Outcome<WriteOutcome>;
  readMeters(): Outcome<readonly ManagedMeterView[]>;
  /** `period` null reads all that there is. */
  readProfile(
    meter: ManagedMeterView,
    profile: string,
    period: Period | null,
  ): Outcome<ProfileTable>;
  readJournal(period: Period | null): Outcome<readonly JournalEntry[]>;
  /** Writes all writable parameters of a set, in order; one refusal does not stop the others. */
  importSet(set: ParameterSet): Outcome<readonly WriteOutcome[]>;
  /** `role` whose password is changed; the new one is checked by the rules before it is sent. */
  changePassword(role: ConsoleRole, password: string): Outcome<WriteOutcome>;
  clearData(): Outcome<WriteOutcome>;
  updateFirmware(image: Uint8Array, onProgress: (part: number) => void): Outcome<WriteOutcome>;
}

/** A device at the end of a transport. One command at a time; a second one waits for the first. */
export interface MeterConsole {
  /** Newest last; the same array object is never changed: `onLog` hands out a new one. */
  readonly log: readonly CommandEntry[];
  /** Asks in the order of the table until one answers; `only` asks for one protocol. */
  detect(
    options: {
      readonly only: ConsoleProtocol | null;
      /** Null: the settings of the table. */
      readonly settings: SerialSettings | null;
      /** Factor on every waiting time, 1 to 5, for slow converters (E-44). */
      readonly patience: number;
    },
    onTrial: (trial: Trial) => void,
  ): Outcome<FoundDevice>;
  read(device: FoundDevice, access: DlmsAccess | null): Outcome<Readout>;
  readProfile(
    device: FoundDevice,
    ref: ProfileRef,
    options: { readonly access: DlmsAccess | null; readonly period: Period | null },
  ): Outcome<ProfileTable>;
  emis(device: FoundDevice, access: Access): EmisConsole;
  /** Ends the running command; the log says `stopped`. The line stays usable. */
  stop(): void;
  close(): Promise<void>;
}

/** Made by `openConsole` of `console.ts`, which loads protocols when they are asked for. */
export type ConsoleDeps = {
  readonly onLog: (log: readonly CommandEntry[]) => void;
  /** Of this phone; without them sessions that need keys end with `no_counter`. */
  readonly counters?: DlmsCounters;
};

/** What the console can imitate, for those who have no device at hand. */
export const CONSOLE_DEVICES = [
  'emis951',
  'dlms',
  'eye',
  'optical',
  'mbus',
  'modbus',
  'sml',
  'p1',
  'push',
] as const;
export type ConsoleDevice = (typeof CONSOLE_DEVICES)[number];
