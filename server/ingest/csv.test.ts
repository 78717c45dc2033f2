import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scanCsv } from './csv.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const rows = (file: Uint8Array) => [...scanCsv(file)].map((row) => row.fields);

test('delimiters, quotes, line ends and empty lines', () => {
  expect(rows(utf8('a;b\r\n1;2\r\n'))).toEqual([
    ['a', 'b'],
    ['1', '2'],
  ]);
  expect(rows(utf8('a,b\n"x, ""y""",2'))).toEqual([
    ['a', 'b'],
    ['x, "y"', '2'],
  ]);
  expect(rows(utf8('a\tb\r1\t\r\r2\t3'))).toEqual([
    ['a', 'b'],
    ['1', ''],
    ['2', '3'],
  ]);
  expect(rows(utf8('"a;b";c\n 1 ; 2 \n'))).toEqual([
    ['a;b', 'c'],
    ['1', '2'],
  ]);
  expect(rows(utf8('a;b\n1,5;2,5'))).toEqual([
    ['a', 'b'],
    ['1,5', '2,5'],
  ]);
  expect(rows(utf8(''))).toEqual([]);
  expect(rows(utf8('a;"open\nend'))).toEqual([['a', 'open\nend']]);
});

test('lines are those of the file, also behind a quoted line break', () => {
  const lines = [...scanCsv(utf8('h;i\n"a\nb";1\n\n2;3\n'))].map((row) => row.line);
  expect(lines).toEqual([1, 2, 5]);
});

test('UTF-8 with BOM, UTF-16 and Windows-1251 say the same', () => {
  const text = 'адрес;ресурс\nЛесная, 14;вода';
  const same = [
    ['адрес', 'ресурс'],
    ['Лесная, 14', 'вода'],
  ];
  expect(rows(utf8(`\ufeff${text}`))).toEqual(same);
  expect(rows(new Uint8Array(Buffer.from(`\ufeff${text}`, 'utf16le')))).toEqual(same);
  const cp1251 = Uint8Array.from([...text], (ch) => {
    const code = ch.codePointAt(0)!;
    return code < 128 ? code : code - 0x410 + 0xc0;
  });
  expect(rows(cp1251)).toEqual(same);
});

test('what a writer quotes comes back', () => {
  const field = fc.stringMatching(/^[a-zА-я0-9;,"\n\t]{0,8}$/);
  const table = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), {
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(table, (cells) => {
      const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
      const file = cells.map((row) => row.map(quoted).join(';')).join('\r\n');
      expect(rows(utf8(file))).toEqual(cells);
    }),
  );
});

test('any bytes give rows and an end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      for (const { fields } of scanCsv(bytes)) expect(fields.length).toBeGreaterThan(0);
    }),
  );
});
