// @vitest-environment happy-dom
import { describe, expect, test } from 'vitest';
import { payloads } from '../../../test/support/payloads.ts';
import { linked } from './linked.ts';

const links = (text: string) =>
  linked(text).flatMap((part) => (typeof part === 'string' ? [] : [part.getAttribute('href')]));

test.each([
  ['Resepnya: https://dapur.example/rendang?porsi=4#bumbu.', 'https://dapur.example/rendang?porsi=4#bumbu'],
  ['(lihat http://192.168.1.5:8080/api-docs)', 'http://192.168.1.5:8080/api-docs'],
  [
    'https://id.wikipedia.org/wiki/Rendang_(makanan), enak!',
    'https://id.wikipedia.org/wiki/Rendang_(makanan)',
  ],
  ['WWW.toko.example', 'https://WWW.toko.example'],
  ['“https://dapur.example”', 'https://dapur.example'],
  ['https://dapur.example/masak/nasi-goréng', 'https://dapur.example/masak/nasi-goréng'],
])('an address in a text leads where it says: %s', (text, href) => {
  expect(links(text)).toEqual([href]);
});

test('the text stays what it was, letter for letter, and every link shows where it leads', () => {
  const text = 'a https://x.example, b\nwww.y.example/?q=1 https://z.example/…';
  const parts = linked(text);
  expect(parts.map((part) => (typeof part === 'string' ? part : part.textContent)).join('')).toBe(text);
  expect(parts.map((part) => typeof part === 'string')).toEqual([true, false, true, false, true]);
  for (const part of parts) {
    if (typeof part === 'string') continue;
    expect([part.target, part.rel, part.dir]).toEqual(['_blank', 'noreferrer', 'ltr']);
  }
});

describe('what is no address, or hides where it leads, is text', () => {
  test.each([
    'selesai.Nanti aku ke rumah',
    'https://',
    'https://kotak',
    'javascript:alert(1)//www.x',
    'data:text/html,https',
    'https://bank.example@jahat.example/',
    'https://bаnk.example/ with a Cyrillic а',
    'ani@www.rumah.example',
    `https://x.example/${'a'.repeat(2_048)}`,
    'https://dapur.example/resep-yang-terpotong…',
  ])('%s', (text) => {
    expect(links(text)).toEqual([]);
  });

  test('nor does any hostile text make one that leads to a program', () => {
    const found = payloads.flatMap(links);
    expect(found.filter((href) => !/^https?:\/\/[a-z0-9.-]+/i.test(href ?? ''))).toEqual([]);
    expect(linked('\u202Ehttps://x.example\u202C').length).toBe(3);
  });
});
