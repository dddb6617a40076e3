import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Inline, parseFormat, plainText } from './format.ts';

/** A compact notation of a line: marks as elements. */
const show = (parts: readonly Inline[]): string =>
  parts
    .map((part) => (typeof part === 'string' ? part : `<${part.mark}>${show(part.children)}</${part.mark}>`))
    .join('');
const line = (text: string) =>
  parseFormat(text).map((block) => ('children' in block ? show(block.children) : ''))[0];

test.each([
  ['*tebal*', '<*>tebal</*>'],
  ['ini *tebal sekali*, ya', 'ini <*>tebal sekali</*>, ya'],
  ['_miring_ ~coret~ `kode`', '<_>miring</_> <~>coret</~> <`>kode</`>'],
  ['*tebal _dan miring_*', '<*>tebal <_>dan miring</_></*>'],
  ['(*tebal*)', '(<*>tebal</*>)'],
  ['`*bukan tebal*`', '<`>*bukan tebal*</`>'],
  ['*a*b*', '<*>a*b</*>'],
])('marks at the borders of words are a format: %s', (text, shown) => {
  expect(line(text)).toBe(shown);
});

test.each([
  '2 * 3 * 4',
  '2*3*4',
  'nama_file_panjang',
  'ya * bukan *',
  '*bukan',
  'bukan*',
  '**',
  '****',
  '**dua**',
  '_ _',
  '~5 menit',
  'harga*nego*ya',
])('marks elsewhere are text: %s', (text) => {
  expect(line(text)).toBe(text);
});

test('a mark does not reach across a line, and the text around it keeps its lines', () => {
  expect(parseFormat('*satu\ndua*')).toEqual([
    { kind: 'text', source: '*satu\ndua*', children: ['*satu', '\n', 'dua*'] },
  ]);
});

test('code between three backquotes keeps its lines and marks, quotes and lists are blocks', () => {
  const text =
    'lihat:\n```\nlet *a* = 1;\n  b\n```\n> kutipan\n> kedua\n- satu\n- *dua*\n3. tiga\n4. empat\nselesai';
  const blocks = parseFormat(text);
  expect(blocks.map(({ kind }) => kind)).toEqual(['text', 'code', 'quote', 'list', 'list', 'text']);
  expect(blocks[1]).toMatchObject({ code: 'let *a* = 1;\n  b' });
  expect(blocks[3]).toMatchObject({ items: [['satu'], [{ mark: '*', children: ['dua'] }]] });
  expect(blocks[4]).toMatchObject({ start: 3, items: [['tiga'], ['empat']] });
  expect(plainText(text)).toBe(
    'lihat:\nlet *a* = 1;\n  b\nkutipan\nkedua\n• satu\n• dua\n• tiga\n• empat\nselesai',
  );
});

test('a link is not split by a mark in it', () => {
  const links = (text: string) =>
    [...text.matchAll(/https:\S+/g)].map((m) => ({ start: m.index, end: m.index + m[0].length }));
  const [block] = parseFormat('_lihat https://x.example/_a_/b ya_', links);
  expect(block && 'children' in block && show(block.children)).toBe(
    '<_>lihat https://x.example/_a_/b ya</_>',
  );
});

test('a line or paragraph separator within a line takes no letter with it, and no time', () => {
  for (const separator of ['\u2028', '\u2029']) {
    expect(line(`satu${separator}*dua*`)).toBe(`satu${separator}<*>dua</*>`);
    expect(parseFormat('a'.repeat(300_000) + separator).length).toBe(1);
  }
});

const confusing = fc
  .array(
    fc.constantFrom(
      '*',
      '_',
      '~',
      '`',
      '```',
      ' ',
      '\n',
      '> ',
      '- ',
      '1. ',
      '2. ',
      'a',
      'kata',
      '.',
      '😀',
      '\u202E',
      '\u2028',
      '\u2029',
    ),
    {
      maxLength: 60,
    },
  )
  .map((parts) => parts.join(''));

test('in any text the sources of the blocks are the text, no letter is lost or moved, and marks nest at most four deep', () => {
  const depth = (parts: readonly Inline[]): number =>
    Math.max(0, ...parts.map((part) => (typeof part === 'string' ? 0 : 1 + depth(part.children))));
  const letters = (text: string) => text.replace(/[^a-z😀]/gu, '');
  fc.assert(
    fc.property(confusing, (text) => {
      const blocks = parseFormat(text);
      expect(blocks.map(({ source }) => source).join('')).toBe(text);
      expect(letters(plainText(text))).toBe(letters(text));
      for (const block of blocks)
        if ('children' in block) expect(depth(block.children)).toBeLessThanOrEqual(4);
    }),
    { numRuns: 3_000 },
  );
});

test('the work grows with the length of the text, whatever its marks', () => {
  for (const part of ['*a ', '*a* ', '*_~', '`', '```', '> ', '- a\n', '*a', 'a* ']) {
    const steps = (count: number) => {
      const text = part.repeat(count);
      let reads = 0;
      const counted = (lineOf: string) => {
        reads += lineOf.length;
        return [];
      };
      parseFormat(text, counted);
      return reads / text.length;
    };
    expect(steps(4_000)).toBeLessThanOrEqual(steps(40) + 1);
  }
  expect(parseFormat('*a '.repeat(200_000)).length).toBe(1);
});
