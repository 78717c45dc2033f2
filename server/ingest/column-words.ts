/**
 * How files name their columns and what they write in them, in Russian, English and German. Names
 * are compared without case, spaces, dots and underscores.
 */
import type { Resource } from '#lib/domain/resource.ts';

export type ColumnRow = { readonly column: string; readonly names: readonly string[] };

export const METER_COLUMNS = [
  { column: 'address', names: ['address', 'house', 'адрес', 'дом', 'adresse', 'haus'] },
  { column: 'flat', names: ['flat', 'apartment', 'квартира', 'кв', 'помещение', 'wohnung'] },
  {
    column: 'resource',
    names: ['resource', 'medium', 'ресурс', 'среда', 'услуга', 'medium', 'art'],
  },
  {
    column: 'serial',
    names: [
      'serial',
      'serialnumber',
      'meter',
      'заводскойномер',
      'заводской',
      'завномер',
      'счетчик',
      'счетчика',
      'приборучета',
      'серийныйномер',
      'номерсчетчика',
      'номерприбора',
      'номер',
      'zählernummer',
      'zahlernummer',
      'seriennummer',
      'nummer',
    ],
  },
  {
    column: 'manufacturer',
    names: ['manufacturer', 'flag', 'производитель', 'изготовитель', 'hersteller'],
  },
  {
    column: 'radioId',
    names: [
      'radioid',
      'radio',
      'radionumber',
      'радиономер',
      'радиоадрес',
      'адресрадио',
      'funknummer',
      'funkadresse',
    ],
  },
  { column: 'version', names: ['version', 'версия'] },
  { column: 'protocol', names: ['protocol', 'протокол', 'protokoll'] },
  {
    column: 'key',
    names: ['key', 'aeskey', 'ключ', 'ключшифрования', 'schlüssel', 'schlussel', 'aesschlüssel'],
  },
  {
    column: 'digits',
    names: ['digits', 'разрядов', 'разрядность', 'знаков', 'stellen', 'vorkommastellen'],
  },
  {
    column: 'decimals',
    names: [
      'decimals',
      'послезапятой',
      'дробныхразрядов',
      'знаковпослезапятой',
      'nachkommastellen',
    ],
  },
  {
    column: 'multiplier',
    names: [
      'multiplier',
      'ratio',
      'коэффициент',
      'ктт',
      'коэффициенттрансформации',
      'faktor',
      'wandlerfaktor',
    ],
  },
  {
    column: 'start',
    names: [
      'start',
      'startvalue',
      'начальноепоказание',
      'начальныепоказания',
      'startwert',
      'anfangsstand',
    ],
  },
  {
    column: 'from',
    names: ['from', 'installed', 'installedon', 'датаустановки', 'установлен', 'einbaudatum'],
  },
] as const satisfies readonly ColumnRow[];

export const READING_COLUMNS = [
  METER_COLUMNS[3],
  METER_COLUMNS[4],
  { column: 'register', names: ['register', 'регистр'] },
  { column: 'obis', names: ['obis', 'obiscode', 'кодobis', 'обис', 'obiskennzahl'] },
  METER_COLUMNS[2],
  {
    column: 'time',
    names: [
      'time',
      'date',
      'datetime',
      'timestamp',
      'at',
      'дата',
      'время',
      'датавремя',
      'датаивремя',
      'датапоказания',
      'zeit',
      'datum',
      'zeitpunkt',
      'zeitstempel',
    ],
  },
  {
    column: 'value',
    names: [
      'value',
      'reading',
      'показание',
      'показания',
      'значение',
      'wert',
      'stand',
      'zählerstand',
      'zahlerstand',
    ],
  },
  { column: 'unit', names: ['unit', 'единица', 'ед', 'едизм', 'einheit'] },
] as const satisfies readonly ColumnRow[];

export const RESOURCE_WORDS: Readonly<Record<Resource, readonly string[]>> = {
  electricity: [
    'electricity',
    'power',
    'el',
    'электричество',
    'электроэнергия',
    'электро',
    'ээ',
    'strom',
    'elektro',
    'elektrizität',
  ],
  'cold-water': [
    'cold-water',
    'coldwater',
    'water',
    'cw',
    'холоднаявода',
    'хвс',
    'хв',
    'вода',
    'водахолодная',
    'kaltwasser',
    'wasser',
    'kw',
  ],
  'hot-water': [
    'hot-water',
    'hotwater',
    'hw',
    'горячаявода',
    'гвс',
    'гв',
    'водагорячая',
    'warmwasser',
    'ww',
  ],
  gas: ['gas', 'газ'],
  heat: [
    'heat',
    'heating',
    'тепло',
    'теплоэнергия',
    'отопление',
    'heizung',
    'wärme',
    'warme',
    'fernwärme',
  ],
};

export const PROTOCOL_WORDS: Readonly<Record<string, readonly string[]>> = {
  wmbus: ['wmbus', 'wirelessmbus', 'oms', 'radio', 'радио', 'funk'],
  'iec62056-21': [
    'iec62056-21',
    'iec6205621',
    'iec1107',
    '6205621',
    'optical',
    'оптика',
    'оптический',
    'optisch',
  ],
  mbus: ['mbus', 'м-bus'],
  dlms: ['dlms', 'cosem', 'dlmscosem', 'сподэс', 'spodes'],
  pulse: ['pulse', 'impulse', 's0', 'импульс', 'импульсный', 'impuls'],
  none: ['none', 'manual', '', 'нет', 'вручную', 'визуально', 'keine', 'ohne'],
};

/** Units of the value column: the catalogue's unit and the power of ten to it. */
export const UNIT_WORDS: Readonly<Record<string, { dial: 'Wh' | 'm3'; scale: number }>> = {
  wh: { dial: 'Wh', scale: 0 },
  втч: { dial: 'Wh', scale: 0 },
  kwh: { dial: 'Wh', scale: 3 },
  квтч: { dial: 'Wh', scale: 3 },
  mwh: { dial: 'Wh', scale: 6 },
  мвтч: { dial: 'Wh', scale: 6 },
  m3: { dial: 'm3', scale: 0 },
  'm³': { dial: 'm3', scale: 0 },
  м3: { dial: 'm3', scale: 0 },
  'м³': { dial: 'm3', scale: 0 },
  l: { dial: 'm3', scale: -3 },
  л: { dial: 'm3', scale: -3 },
};
