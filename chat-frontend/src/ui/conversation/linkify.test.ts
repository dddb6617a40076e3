// @vitest-environment happy-dom
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { payloads } from '../../../test/support/payloads.ts';
import { linkify } from './linkify.ts';

const links = (text: string) =>
  linkify(text).flatMap((part) => (typeof part === 'string' ? [] : [part.getAttribute('href')]));

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
  ['(https://id.wikipedia.org/wiki/Rendang_(makanan))', 'https://id.wikipedia.org/wiki/Rendang_(makanan)'],
  ['(resepnya di https://a.example/x).', 'https://a.example/x'],
  ['[resep](https://a.example/x[1])', 'https://a.example/x[1]'],
  ['https://a.example/x((', 'https://a.example/x'],
  ['https://a.example/x。terima kasih', 'https://a.example/x'],
  ['「https://a.example/x」と言う', 'https://a.example/x'],
  ['（https://a.example/x）、ね', 'https://a.example/x'],
  ['https://a.example。terima kasih', 'https://a.example'],
  ['«https://a.example/x»dan', 'https://a.example/x'],
  ['„https://a.example/x“', 'https://a.example/x'],
  ['‘https://a.example/x’', 'https://a.example/x'],
  ['`https://a.example/x`', 'https://a.example/x'],
  ['|https://a.example/x|', 'https://a.example/x'],
  ['شاهد https://a.example/x؟', 'https://a.example/x'],
  ['देखो https://a.example/x।', 'https://a.example/x'],
  ['https://a.example:65535/x', 'https://a.example:65535/x'],
  ['https://ja.wikipedia.org/wiki/佐々木', 'https://ja.wikipedia.org/wiki/佐々木'],
])('a URL in a text becomes a link to that URL: %s', (text, href) => {
  expect(links(text)).toEqual([href]);
});

test.each([
  ['buka dapur.id/resep ya', 'https://dapur.id/resep'],
  ['toko.co.id', 'https://toko.co.id'],
  ['tulis ke Ani <ani@rumah.example>.', 'mailto:ani@rumah.example'],
  ['ani@www.rumah.example', 'mailto:ani@www.rumah.example'],
  ['telepon 0812-3456-7890 saja', 'tel:081234567890'],
  ['+62 812 3456 7890', 'tel:+6281234567890'],
])('a domain, an e-mail address and a phone number become links: %s', (text, href) => {
  expect(links(text)).toEqual([href]);
});

test.each([
  'selesai.id@',
  'Besok.Di sana',
  'foto.jpg',
  'versi 1.2.3.com5',
  'tanggal 01-02-2026',
  'jam 08.00-10.00',
  'rekening 1234567890',
  'kode 0123456',
  'dapur.id…',
])('what only looks like one of them stays text: %s', (text) => {
  expect(links(text)).toEqual([]);
});

test('linkify keeps every character of the text, and every link shows where it leads', () => {
  const text = 'a https://x.example, b\nwww.y.example/?q=1 https://z.example/…';
  const parts = linkify(text);
  expect(parts.map((part) => (typeof part === 'string' ? part : part.textContent)).join('')).toBe(text);
  expect(parts.map((part) => typeof part === 'string')).toEqual([true, false, true, false, true]);
  for (const part of parts) {
    if (typeof part === 'string') continue;
    expect([part.target, part.rel, part.dir]).toEqual(['_blank', 'noreferrer', 'ltr']);
  }
});

/** Texts made of parts that confuse a search for URLs. */
const confusing = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...[
          'https://',
          'HTTP://',
          'www.',
          'a.example',
          'xn--a',
          '1.2.3',
          '0x7f',
          ':99999',
          ':80',
          '/x',
          '?q=',
          '#',
          '@',
        ],
        ...[
          '(',
          ')',
          '[',
          ']',
          '{',
          '}',
          '。',
          '」',
          '「',
          '»',
          '«',
          '`',
          '"',
          '”',
          '…',
          '.',
          ',',
          '!',
          '|',
          ' ',
          '\n',
        ],
        ...['\u202E', '\u200B', '\uD800', '\0', '👩‍👧', 'שלום', 'é', '%', '%zz', '\\', '-', '_', '~', ':'],
      ),
      fc.string({ unit: 'binary', maxLength: 4 }),
    ),
    { maxLength: 14 },
  )
  .map((parts) => parts.join(''));

test('in any text linkify keeps every character, and every link leads to the URL it shows', () => {
  fc.assert(
    fc.property(confusing, (text) => {
      const parts = linkify(text);
      const shown = parts.map((part) => (typeof part === 'string' ? part : (part.textContent ?? '')));
      expect(shown.join('')).toBe(text);
      for (const part of parts) {
        if (typeof part === 'string') continue;
        const href = part.getAttribute('href') ?? '';
        if (/^(mailto|tel):/.test(href)) continue;
        const { protocol, hostname, username } = new URL(href);
        expect(['http:', 'https:']).toContain(protocol);
        expect(username).toBe('');
        const [, host] = /^(?:https?:\/\/)?([^:/?#]*)/i.exec(part.textContent ?? '') ?? [];
        expect(hostname).toBe(host?.toLowerCase());
        expect(href.endsWith(part.textContent ?? '?')).toBe(true);
      }
    }),
    { numRuns: 2_000 },
  );
});

describe('text without links', () => {
  test.each([
    'selesai.Nanti aku ke rumah',
    'https://',
    'https://kotak',
    'javascript:alert(1)//www.x',
    'data:text/html,https',
    'https://bank.example@jahat.example/',
    'https://bаnk.example/ with a Cyrillic а',
    `https://x.example/${'a'.repeat(2_048)}`,
    'https://dapur.example/resep-yang-terpotong…',
    'https://a.example:99999',
    'https://a.example:65536/x',
    // Each is the IP address of another host than it shows.
    'https://1.2.3/',
    'http://0x7f.1/',
    'http://010.0.0.1/',
    'https://999.1.1.1/',
  ])('a text that is no URL, or hides where it leads, gets no link: %s', (text) => {
    expect(links(text)).toEqual([]);
  });

  test('no hostile text becomes a link to anything but a web page', () => {
    const found = payloads.flatMap(links);
    expect(found.filter((href) => !/^https?:\/\/[a-z0-9.-]+/i.test(href ?? ''))).toEqual([]);
    expect(linkify('\u202Ehttps://x.example\u202C').length).toBe(3);
  });
});
