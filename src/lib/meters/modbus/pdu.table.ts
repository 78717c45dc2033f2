/**
 * Layouts of all public Modbus functions: which fields follow the function code, in order. Only
 * rows; `pdu.ts` reads and writes by walking them. MODBUS Application Protocol V1.1b3 (MAP).
 *
 * | part         | on the wire                                                          |
 * |--------------|----------------------------------------------------------------------|
 * | u8, u16      | an unsigned number into `name`                                       |
 * | coil         | FF00h or 0000h into `bits` of one                                    |
 * | register     | one register into `registers` of one                                 |
 * | bits         | byte count, then bits, least significant first; `count` limits them  |
 * | registers    | byte count, then registers into `name`                               |
 * | fifo         | byte count of 16 bits, count of 16 bits, registers                   |
 * | data         | everything that is left, as it is                                    |
 * | events       | byte count over status, counts and events                            |
 * | server-id    | byte count, identifier, run indicator                                |
 * | file-*       | byte count, then groups of a file record                             |
 * | objects      | count of objects, then number, length and text of each               |
 * | constant     | one fixed byte                                                       |
 */
export type NumberName =
  | 'address'
  | 'count'
  | 'status'
  | 'eventCount'
  | 'andMask'
  | 'orMask'
  | 'readAddress'
  | 'readCount'
  | 'writeAddress'
  | 'writeCount'
  | 'subFunction'
  | 'readCode'
  | 'conformity'
  | 'moreFollows'
  | 'nextObjectId'
  | 'objectId'
  | 'exceptionCode';

export type Part =
  | { readonly part: 'u8'; readonly name: NumberName }
  | { readonly part: 'u16'; readonly name: NumberName }
  | { readonly part: 'coil' | 'register' }
  | { readonly part: 'registers'; readonly name: 'registers' | 'writeRegisters' }
  | { readonly part: 'constant'; readonly byte: number }
  | {
      readonly part:
        | 'bits'
        | 'fifo'
        | 'data'
        | 'events'
        | 'server-id'
        | 'file-requests'
        | 'file-answers'
        | 'file-writes'
        | 'objects';
    };

export type FunctionRow = {
  readonly code: number;
  readonly name: string;
  readonly request: readonly Part[];
  readonly response: readonly Part[];
  readonly clause: string;
};

const u16 = (name: NumberName): Part => ({ part: 'u16', name });
const u8 = (name: NumberName): Part => ({ part: 'u8', name });
const ADDRESS = u16('address');
const COUNT = u16('count');
const RANGE = [ADDRESS, COUNT];
const BITS: Part = { part: 'bits' };
const REGISTERS: Part = { part: 'registers', name: 'registers' };
const COIL: Part = { part: 'coil' };
const REGISTER: Part = { part: 'register' };
const DATA: Part = { part: 'data' };
const MASKS = [ADDRESS, u16('andMask'), u16('orMask')];
/** MEI type 0Eh: read device identification (MAP 6.21). */
const MEI: Part = { part: 'constant', byte: 0x0e };
const OBJECTS: Part = { part: 'objects' };

export const FUNCTION_TABLE = [
  { code: 1, name: 'read coils', request: RANGE, response: [BITS], clause: 'MAP 6.1' },
  { code: 2, name: 'read discrete inputs', request: RANGE, response: [BITS], clause: 'MAP 6.2' },
  {
    code: 3,
    name: 'read holding registers',
    request: RANGE,
    response: [REGISTERS],
    clause: 'MAP 6.3',
  },
  {
    code: 4,
    name: 'read input registers',
    request: RANGE,
    response: [REGISTERS],
    clause: 'MAP 6.4',
  },
  {
    code: 5,
    name: 'write coil',
    request: [ADDRESS, COIL],
    response: [ADDRESS, COIL],
    clause: 'MAP 6.5',
  },
  {
    code: 6,
    name: 'write register',
    request: [ADDRESS, REGISTER],
    response: [ADDRESS, REGISTER],
    clause: 'MAP 6.6',
  },
  {
    code: 7,
    name: 'read exception status',
    request: [],
    response: [u8('status')],
    clause: 'MAP 6.7',
  },
  {
    code: 8,
    name: 'diagnostics',
    request: [u16('subFunction'), DATA],
    response: [u16('subFunction'), DATA],
    clause: 'MAP 6.8',
  },
  {
    code: 11,
    name: 'get event counter',
    request: [],
    response: [u16('status'), u16('eventCount')],
    clause: 'MAP 6.9',
  },
  {
    code: 12,
    name: 'get event log',
    request: [],
    response: [{ part: 'events' }],
    clause: 'MAP 6.10',
  },
  { code: 15, name: 'write coils', request: [...RANGE, BITS], response: RANGE, clause: 'MAP 6.11' },
  {
    code: 16,
    name: 'write registers',
    request: [...RANGE, REGISTERS],
    response: RANGE,
    clause: 'MAP 6.12',
  },
  {
    code: 17,
    name: 'report server id',
    request: [],
    response: [{ part: 'server-id' }],
    clause: 'MAP 6.13',
  },
  {
    code: 20,
    name: 'read file record',
    request: [{ part: 'file-requests' }],
    response: [{ part: 'file-answers' }],
    clause: 'MAP 6.14',
  },
  {
    code: 21,
    name: 'write file record',
    request: [{ part: 'file-writes' }],
    response: [{ part: 'file-writes' }],
    clause: 'MAP 6.15',
  },
  { code: 22, name: 'mask write register', request: MASKS, response: MASKS, clause: 'MAP 6.16' },
  {
    code: 23,
    name: 'read and write registers',
    request: [
      u16('readAddress'),
      u16('readCount'),
      u16('writeAddress'),
      u16('writeCount'),
      { part: 'registers', name: 'writeRegisters' },
    ],
    response: [REGISTERS],
    clause: 'MAP 6.17',
  },
  {
    code: 24,
    name: 'read FIFO queue',
    request: [ADDRESS],
    response: [{ part: 'fifo' }],
    clause: 'MAP 6.18',
  },
  {
    code: 43,
    name: 'read device identification',
    request: [MEI, u8('readCode'), u8('objectId')],
    response: [
      MEI,
      u8('readCode'),
      u8('conformity'),
      u8('moreFollows'),
      u8('nextObjectId'),
      OBJECTS,
    ],
    clause: 'MAP 6.21',
  },
] as const satisfies readonly FunctionRow[];

/** What each exception code means (MAP clause 7). */
export const EXCEPTION_TABLE = [
  { code: 1, word: 'illegal_function' },
  { code: 2, word: 'illegal_address' },
  { code: 3, word: 'illegal_value' },
  { code: 4, word: 'device_failure' },
  { code: 5, word: 'acknowledge' },
  { code: 6, word: 'device_busy' },
  { code: 7, word: 'negative_acknowledge' },
  { code: 8, word: 'memory_parity' },
  { code: 10, word: 'gateway_path' },
  { code: 11, word: 'gateway_no_answer' },
] as const satisfies readonly { readonly code: number; readonly word: string }[];
