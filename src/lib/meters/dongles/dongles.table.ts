/**
 * How each radio dongle is opened: serial settings, the dialogue for each radio mode, and the
 * question that proves it is alive. Only rows; `session.ts` walks them, `dongle.ts` frames them.
 *
 * All messages are written without their frame: command bytes and payload in hex (iM871A: endpoint,
 * message, payload; iU891A: SAP, message, payload), CUL: text. `reply` is how the answer to `send`
 * starts, `accept` how it starts when all is well. `answer` is what a device says: the virtual
 * dongle of the simulator uses it. A `repair` is sent when the reply came but was not accepted.
 */
export type RadioMode = 'T+C' | 'T' | 'C' | 'S';
export type DongleName = 'im871a' | 'iu891a' | 'amb8465' | 'cul' | 'embit' | 'rc1180' | 'rtlwmbus';

export type DialogueRow = {
  readonly send: string;
  readonly reply: string;
  readonly accept: string;
  readonly answer: string;
  readonly repair?: string;
  /** No reply comes: the next row is sent at once. */
  readonly isMute?: true;
  readonly clause: string;
};

export type DongleRow = {
  readonly name: DongleName;
  readonly label: string;
  readonly baud: number;
  readonly modes: Readonly<Partial<Record<RadioMode, readonly DialogueRow[]>>>;
  readonly selfTest: DialogueRow | null;
  readonly clause: string;
};

const IM_PING: DialogueRow = {
  send: '0101',
  reply: '0102',
  accept: '0102',
  answer: '0102',
  clause: 'IMST WMBus HCI 3.1.1',
};
const im = (mode: string): readonly DialogueRow[] => [
  { ...IM_PING },
  {
    // Set configuration in memory: device mode other, link mode, no power saving, RSSI, time stamp.
    send: `0103000300${mode}38000101`,
    reply: '0104',
    accept: '0104',
    answer: '0104',
    clause: 'IMST WMBus HCI 3.1.3',
  },
];

const IU_PING: DialogueRow = {
  send: '0101',
  reply: '0102',
  accept: '010200',
  answer: '010200',
  clause: 'IMST WMBus gateway 2.1',
};
const iu = (mode: string): readonly DialogueRow[] => [
  { ...IU_PING },
  {
    send: `0903${mode}0200000C0000000000`,
    reply: '0904',
    accept: '0904',
    answer: '090400',
    clause: 'IMST WMBus gateway 3.2',
  },
];

const AMB_VERSION: DialogueRow = {
  send: '0C',
  reply: '8C',
  accept: '8C',
  answer: '8C020307',
  clause: 'AMB8465 manual 7.8',
};
const amb = (mode: string): readonly DialogueRow[] => [
  { ...AMB_VERSION },
  {
    send: `04${mode}`,
    reply: '84',
    accept: '8400',
    answer: '8400',
    clause: 'AMB8465 manual 7.3',
  },
  {
    // Parameter 05h: telegrams come as commands, not as bare bytes.
    send: '0A0501',
    reply: '8A0501',
    accept: '8A050101',
    answer: '8A050101',
    repair: '09050101',
    clause: 'AMB8465 manual 8.3',
  },
  {
    // Parameter 45h: the RSSI follows each telegram.
    send: '0A4501',
    reply: '8A4501',
    accept: '8A450101',
    answer: '8A450101',
    repair: '09450101',
    clause: 'AMB8465 manual 8.14',
  },
];

const CUL_VERSION: DialogueRow = {
  send: 'V',
  reply: 'V ',
  accept: 'V ',
  answer: 'V 1.67 CUL868',
  clause: 'culfw command V',
};
const cul = (mode: string, word: string): readonly DialogueRow[] => [
  { ...CUL_VERSION },
  // X21 appends the RSSI; br sets the radio mode and is the only one of the two that answers.
  {
    send: `X21\r\nbr${mode}`,
    reply: word,
    accept: word,
    answer: word,
    clause: 'culfw commands X, br',
  },
];

const EMBIT_INFO: DialogueRow = {
  send: '01',
  reply: '81',
  accept: '81',
  answer: '814049',
  clause: 'EBI device information',
};
const embitStep = (send: string): DialogueRow => {
  const reply = (parseInt(send.slice(0, 2), 16) | 0x80).toString(16).toUpperCase();
  return { send, reply, accept: `${reply}00`, answer: `${reply}00`, clause: 'EBI WMBus commands' };
};
const embit = (mode: string): readonly DialogueRow[] => [
  { ...EMBIT_INFO },
  embitStep('100F'),
  embitStep(`11${mode}`),
  embitStep('130000'),
  embitStep('31'),
];

const rcStep = (send: string): DialogueRow => {
  return { send, reply: '3E', accept: '3E', answer: '3E', clause: 'MBUS user manual 2.01 A' };
};
const rc = (mode: string): readonly DialogueRow[] => [
  // A byte 00h where a length is expected opens the configuration mode.
  rcStep('00'),
  {
    // Parameter 05h: the RSSI follows each telegram. Written only when it does not yet: the memory
    // of the module wears out.
    send: '5905',
    reply: '0',
    accept: '013E',
    answer: '013E',
    repair: '4D0501FF',
    clause: 'MBUS user manual 2.01 A, commands Y and M',
  },
  rcStep(`47${mode}`),
  {
    send: '58',
    reply: '',
    accept: '',
    answer: '',
    isMute: true,
    clause: 'MBUS user manual 2.01 A, command X',
  },
];

export const DONGLE_TABLE = [
  {
    name: 'im871a',
    label: 'IMST iM871A-USB',
    baud: 57600,
    modes: { T: im('03'), C: im('06'), S: im('00') },
    selfTest: IM_PING,
    clause: 'IMST WMBus HCI 2',
  },
  {
    name: 'iu891a',
    label: 'IMST iU891A-XL',
    baud: 115200,
    modes: { 'T+C': iu('03'), T: iu('02'), C: iu('05'), S: iu('01') },
    selfTest: IU_PING,
    clause: 'IMST WMBus gateway 1',
  },
  {
    name: 'amb8465',
    label: 'Würth AMB8465-M',
    baud: 9600,
    modes: { 'T+C': amb('09'), T: amb('08'), C: amb('0E'), S: amb('03') },
    selfTest: AMB_VERSION,
    clause: 'AMB8465 manual 2.2',
  },
  {
    name: 'cul',
    label: 'CUL, nanoCUL',
    baud: 38400,
    modes: { T: cul('t', 'TMODE'), C: cul('c', 'CMODE'), S: cul('s', 'SMODE') },
    selfTest: CUL_VERSION,
    clause: 'culfw reference',
  },
  {
    name: 'embit',
    label: 'Embit EMB-WMB868',
    baud: 9600,
    modes: { T: embit('19'), C: embit('25'), S: embit('18') },
    selfTest: EMBIT_INFO,
    clause: 'EBI WMBus',
  },
  {
    name: 'rc1180',
    label: 'Radiocrafts RC1180-MBUS',
    baud: 19200,
    modes: { 'T+C': rc('0A'), T: rc('01'), C: rc('09'), S: rc('03') },
    // A question would take it out of the air, and it has no answer but the prompt.
    selfTest: null,
    clause: 'MBUS user manual 2.01 B',
  },
  {
    name: 'rtlwmbus',
    label: 'rtl_wmbus',
    baud: 115200,
    modes: { 'T+C': [], T: [], C: [], S: [] },
    selfTest: null,
    clause: 'rtl_wmbus output',
  },
] as const satisfies readonly DongleRow[];
