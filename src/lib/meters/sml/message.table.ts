/**
 * Message bodies of SML and the elements of their lists, in order (SML 1.04 clause 5). Only rows;
 * `message.ts` walks them.
 */
export type MessageRow = {
  readonly tag: number;
  readonly name: string;
  readonly elements: readonly string[];
  readonly clause: string;
};

const ACCESS = ['serverId', 'username', 'password'];
const PROFILE = [
  ...ACCESS,
  'withRawData',
  'beginTime',
  'endTime',
  'treePath',
  'objectList',
  'dasDetails',
];

export const MESSAGE_TABLE = [
  {
    tag: 0x0100,
    name: 'open-request',
    elements: ['codepage', 'clientId', 'fileId', 'serverId', 'username', 'password', 'version'],
    clause: 'SML 1.04 5.1.1',
  },
  {
    tag: 0x0101,
    name: 'open-response',
    elements: ['codepage', 'clientId', 'fileId', 'serverId', 'refTime', 'version'],
    clause: 'SML 1.04 5.1.2',
  },
  { tag: 0x0200, name: 'close-request', elements: ['signature'], clause: 'SML 1.04 5.1.3' },
  { tag: 0x0201, name: 'close-response', elements: ['signature'], clause: 'SML 1.04 5.1.4' },
  { tag: 0x0300, name: 'get-profile-pack-request', elements: PROFILE, clause: 'SML 1.04 5.1.5' },
  {
    tag: 0x0301,
    name: 'get-profile-pack-response',
    elements: [
      'serverId',
      'actTime',
      'regPeriod',
      'treePath',
      'headerList',
      'periodList',
      'rawData',
      'signature',
    ],
    clause: 'SML 1.04 5.1.6',
  },
  { tag: 0x0400, name: 'get-profile-list-request', elements: PROFILE, clause: 'SML 1.04 5.1.7' },
  {
    tag: 0x0401,
    name: 'get-profile-list-response',
    elements: [
      'serverId',
      'actTime',
      'regPeriod',
      'treePath',
      'valTime',
      'status',
      'periodList',
      'rawData',
      'signature',
    ],
    clause: 'SML 1.04 5.1.8',
  },
  {
    tag: 0x0500,
    name: 'get-parameter-request',
    elements: [...ACCESS, 'treePath', 'attribute'],
    clause: 'SML 1.04 5.1.9',
  },
  {
    tag: 0x0501,
    name: 'get-parameter-response',
    elements: ['serverId', 'treePath', 'tree'],
    clause: 'SML 1.04 5.1.10',
  },
  {
    tag: 0x0600,
    name: 'set-parameter-request',
    elements: [...ACCESS, 'treePath', 'tree'],
    clause: 'SML 1.04 5.1.11',
  },
  {
    tag: 0x0700,
    name: 'get-list-request',
    elements: ['clientId', ...ACCESS, 'listName'],
    clause: 'SML 1.04 5.1.13',
  },
  {
    tag: 0x0701,
    name: 'get-list-response',
    elements: [
      'clientId',
      'serverId',
      'listName',
      'sensorTime',
      'valList',
      'signature',
      'gatewayTime',
    ],
    clause: 'SML 1.04 5.1.14',
  },
  {
    tag: 0xff01,
    name: 'attention-response',
    elements: ['serverId', 'number', 'message', 'details'],
    clause: 'SML 1.04 5.1.15',
  },
] as const satisfies readonly MessageRow[];

export type MessageName = (typeof MESSAGE_TABLE)[number]['name'];
