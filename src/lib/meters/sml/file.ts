/**
 * One SML file: who sent it and what it says (SML 1.04 clause 5). Puts `message.ts` and `list.ts`
 * together; knows no transport. Called by the command line, the reader's app and the simulated
 * sender.
 */
import type { Fault } from '#lib/base/result.ts';
import {
  readProfileList,
  readProfilePack,
  readTime,
  readValueList,
  writeTime,
  writeValueList,
  type EntryList,
  type SmlEntry,
  type SmlTime,
} from './list.ts';
import { decodeMessages, encodeMessages, type SmlMessage } from './message.ts';
import type { SmlCrc } from './transport.ts';
import { bytesOf, octets, uint } from './value.ts';

export type SmlFile = {
  readonly messages: readonly SmlMessage[];
  /** Of the list, else of the opening message; null when nobody says it. */
  readonly serverId: Uint8Array | null;
  readonly time: SmlTime | null;
  readonly entries: readonly SmlEntry[];
  readonly fault: Fault | null;
  /** Deviations of the meter that were read over: `message_crc`, `message_kermit`. */
  readonly quirks: readonly string[];
};

function listOf({ name, elements }: SmlMessage): EntryList | null | undefined {
  switch (name) {
    case 'get-list-response':
      return readValueList(elements.valList);
    case 'get-profile-list-response':
      return readProfileList(elements);
    case 'get-profile-pack-response':
      return readProfilePack(elements);
    default:
      return undefined;
  }
}

const badList = (detail: string): Fault => ({
  code: 'bad_list',
  detail,
  clause: 'SML 1.04 5.1.14',
});

/** The answer a meter gives when it refuses (clause 5.1.15). */
function attentionOf(messages: readonly SmlMessage[]): Fault | null {
  const attention = messages.find(({ name }) => name === 'attention-response');
  if (!attention) return null;
  return { code: 'application_error', detail: 'The meter refused.', clause: 'SML 1.04 5.1.15' };
}

const quirksOf = (messages: readonly SmlMessage[]): string[] => [
  ...(messages.some(({ crc }) => crc === 'wrong') ? ['message_crc'] : []),
  ...(messages.some(({ crc }) => crc === 'kermit') ? ['message_kermit'] : []),
];

/**
 * Reads the payload of one transport file. `fault`: those of `decodeMessages`, `bad_list`, and
 * `application_error` when the meter answers with an attention.
 */
export function decodeSmlFile(payload: Uint8Array): SmlFile {
  const { messages, fault } = decodeMessages(payload);
  const entries: SmlEntry[] = [];
  let problem: Fault | null = fault;
  const told: SmlMessage[] = [];
  for (const message of messages) {
    const found = listOf(message);
    if (found === undefined) continue;
    told.push(message);
    if (found === null || found.unreadable > 0) problem ??= badList('A list entry has no form.');
    entries.push(...(found?.entries ?? []));
  }
  const servers = [...told, ...messages].flatMap((m) => bytesOf(m.elements.serverId) ?? []);
  const times = told.flatMap((m) => readTime(m.elements.sensorTime ?? m.elements.actTime) ?? []);
  return {
    messages,
    serverId: servers[0] ?? null,
    time: times[0] ?? null,
    entries,
    fault: problem ?? attentionOf(messages),
    quirks: quirksOf(messages),
  };
}

export type OutgoingFile = {
  readonly serverId: Uint8Array;
  readonly time: SmlTime | null;
  readonly entries: readonly SmlEntry[];
  /** Counts up from file to file. */
  readonly fileId: number;
  readonly crc?: SmlCrc;
};

/** Twin of `decodeSmlFile` for what meters push: opening, one list, closing. */
export function encodeSmlFile({ serverId, time, entries, fileId, crc }: OutgoingFile): Uint8Array {
  const sums = crc ? { crc } : {};
  const id = (n: number): Uint8Array => Uint8Array.of(fileId >> 8, fileId & 255, n);
  const server = octets(serverId);
  return encodeMessages([
    {
      transactionId: id(1),
      groupNo: 0,
      name: 'open-response',
      elements: { fileId: octets(id(0)), serverId: server, version: uint(1, 1) },
      ...sums,
    },
    {
      transactionId: id(2),
      groupNo: 0,
      name: 'get-list-response',
      elements: { serverId: server, sensorTime: writeTime(time), valList: writeValueList(entries) },
      ...sums,
    },
    { transactionId: id(3), groupNo: 0, name: 'close-response', elements: {}, ...sums },
  ]);
}
