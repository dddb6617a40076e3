import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ParsedRow } from './imported-chat.ts';
import { parseWhatsApp } from './whatsapp.ts';

const parse = (text: string, order?: 'dmy' | 'mdy') => parseWhatsApp(text, { title: 'Keluarga', order });
const local = (y: number, m: number, d: number, h: number, min: number, s = 0) =>
  new Date(y, m - 1, d, h, min, s).getTime();
const PAGI = { name: 'Bu Sari', text: 'Selamat pagi' };
const NNBSP = '\u202f';
const LRM = '\u200e';

/** Forms of exports made for this test: the platform and locale, the text, and its rows. */
const FORMS: [form: string, text: string, rows: ParsedRow[]][] = [
  [
    'Android, English (US), 12 hours',
    '12/31/23, 9:05 PM - Bu Sari: Selamat pagi\n1/1/24, 12:00 AM - Budi: Halo',
    [
      { at: local(2023, 12, 31, 21, 5), ...PAGI },
      { at: local(2024, 1, 1, 0, 0), name: 'Budi', text: 'Halo' },
    ],
  ],
  [
    'Android, English (US), narrow spaces before AM and PM',
    `12/31/23, 9:05${NNBSP}AM - Bu Sari: Selamat pagi`,
    [{ at: local(2023, 12, 31, 9, 5), ...PAGI }],
  ],
  [
    'Android, English (UK), 24 hours',
    '31/12/2023, 21:05 - Bu Sari: Selamat pagi',
    [{ at: local(2023, 12, 31, 21, 5), ...PAGI }],
  ],
  [
    'Android, Indonesian, dots',
    '31/12/23 21.05 - Bu Sari: Selamat pagi',
    [{ at: local(2023, 12, 31, 21, 5), ...PAGI }],
  ],
  [
    'Android, Indonesian, “pukul”',
    '31/12/23 pukul 21.05 - Bu Sari: Selamat pagi',
    [{ at: local(2023, 12, 31, 21, 5), ...PAGI }],
  ],
  [
    'Android, German',
    '31.12.23, 21:05 - Bu Sari: Selamat pagi',
    [{ at: local(2023, 12, 31, 21, 5), ...PAGI }],
  ],
  [
    'Android, Dutch',
    '31-12-2023 21:05 - Bu Sari: Selamat pagi',
    [{ at: local(2023, 12, 31, 21, 5), ...PAGI }],
  ],
  [
    'Android, Swedish, the year first',
    '2023-12-31 21:05 - Bu Sari: Selamat pagi',
    [{ at: local(2023, 12, 31, 21, 5), ...PAGI }],
  ],
  [
    'Android, Spanish, p. m.',
    '31/12/23, 9:05 p. m. - Bu Sari: Selamat pagi',
    [{ at: local(2023, 12, 31, 21, 5), ...PAGI }],
  ],
  [
    'iOS, Indonesian, seconds with dots',
    `${LRM}[31/12/23 21.05.33] Bu Sari: Selamat pagi`,
    [{ at: local(2023, 12, 31, 21, 5, 33), ...PAGI }],
  ],
  [
    'iOS, English (US), 12 hours',
    `[12/31/23, 9:05:33${NNBSP}PM] Bu Sari: Selamat pagi`,
    [{ at: local(2023, 12, 31, 21, 5, 33), ...PAGI }],
  ],
  [
    'iOS, English (UK), 24 hours',
    '[31/12/2023, 21:05:33] Bu Sari: Selamat pagi',
    [{ at: local(2023, 12, 31, 21, 5, 33), ...PAGI }],
  ],
  [
    'iOS, Japanese, the year first',
    '[2023/12/31 21:05:33] Bu Sari: Selamat pagi',
    [{ at: local(2023, 12, 31, 21, 5, 33), ...PAGI }],
  ],
  [
    'Android, a group, Indonesian lines of the app',
    [
      '31/12/23 21.05 - Pesan dan panggilan dienkripsi secara end-to-end.',
      '31/12/23 21.06 - Bu Sari membuat grup "Keluarga: Besar"',
      '31/12/23 21.07 - +62 812-3456-7890 bergabung menggunakan tautan undangan grup ini',
      '31/12/23 21.08 - +62 812-3456-7890: Halo',
    ].join('\n'),
    [
      { at: local(2023, 12, 31, 21, 5), text: 'Pesan dan panggilan dienkripsi secara end-to-end.' },
      { at: local(2023, 12, 31, 21, 6), text: 'Bu Sari membuat grup "Keluarga: Besar"' },
      {
        at: local(2023, 12, 31, 21, 7),
        text: '+62 812-3456-7890 bergabung menggunakan tautan undangan grup ini',
      },
      { at: local(2023, 12, 31, 21, 8), name: '+62 812-3456-7890', text: 'Halo' },
    ],
  ],
  [
    'iOS, a group, English lines of the app under its name',
    [
      `[12/31/23, 9:05:33 PM] Family: ${LRM}Messages and calls are end-to-end encrypted.`,
      `[12/31/23, 9:06:00 PM] Bu Sari: ${LRM}<attached: 00000012-PHOTO-2023-12-31-21-06-00.jpg>`,
      `[12/31/23, 9:07:00 PM] Bu Sari: ${LRM}image omitted`,
      `[12/31/23, 9:08:00 PM] Bu Sari: baru ${LRM}<This message was edited>`,
    ].join('\r\n'),
    [
      { at: local(2023, 12, 31, 21, 5, 33), text: 'Messages and calls are end-to-end encrypted.' },
      {
        at: local(2023, 12, 31, 21, 6),
        name: 'Bu Sari',
        text: '',
        file: '00000012-PHOTO-2023-12-31-21-06-00.jpg',
      },
      { at: local(2023, 12, 31, 21, 7), name: 'Bu Sari', text: 'image omitted' },
      { at: local(2023, 12, 31, 21, 8), name: 'Bu Sari', text: 'baru' },
    ],
  ],
  [
    'Android, files, polls and several lines',
    [
      '31/12/23 21.05 - Bu Sari: IMG-20231231-WA0001.jpg (file terlampir)',
      'Di pantai',
      '31/12/23 21.06 - Bu Sari: <Media tidak disertakan>',
      '31/12/23 21.07 - Bu Sari: POLLING:',
      'Ke mana?',
      'OPSI: Pantai (2 suara)',
      '',
      '31/12/23 21.08 - Bu Sari: 31/12/23 itu besok: ingat',
    ].join('\n'),
    [
      { at: local(2023, 12, 31, 21, 5), name: 'Bu Sari', text: 'Di pantai', file: 'IMG-20231231-WA0001.jpg' },
      { at: local(2023, 12, 31, 21, 6), name: 'Bu Sari', text: '<Media tidak disertakan>' },
      { at: local(2023, 12, 31, 21, 7), name: 'Bu Sari', text: 'POLLING:\nKe mana?\nOPSI: Pantai (2 suara)' },
      { at: local(2023, 12, 31, 21, 8), name: 'Bu Sari', text: '31/12/23 itu besok: ingat' },
    ],
  ],
];

describe('the export of WhatsApp', () => {
  it.each(FORMS)('reads the form of %s', async (_, text, rows) => {
    const chat = await parse(text.replaceAll('\r\n', '\n'));
    expect(chat.rows).toEqual(rows);
    expect(chat.problems).toEqual([]);
  });

  it('the order of day and month is found over the whole file, by the days that exist and by time going on', async () => {
    const days = await parse('1/2/23, 10:00 - A: x\n1/13/23, 10:00 - A: y');
    expect(days.rows.map(({ at }) => at)).toEqual([local(2023, 1, 2, 10, 0), local(2023, 1, 13, 10, 0)]);
    const going = await parse('5/1/23 10.00 - A: x\n6/1/23 10.00 - A: y\n1/2/23 10.00 - A: z');
    expect(going.rows[2]?.at).toBe(local(2023, 2, 1, 10, 0));
    expect(going.dates).toBeUndefined();
  });

  it('dates that can be read in two ways are asked about, with an example', async () => {
    const chat = await parse('3/4/23, 10:00 - A: x');
    expect(chat.dates).toEqual({ orders: ['dmy', 'mdy'], example: '3/4/23' });
    expect((await parse('3/4/23, 10:00 AM - A: x')).dates?.orders).toEqual(['mdy', 'dmy']);
    expect((await parse('3/4/23, 10:00 - A: x', 'mdy')).rows[0]?.at).toBe(local(2023, 3, 4, 10, 0));
  });

  it('lines before the first message and days that do not exist are reported with their numbers', async () => {
    const chat = await parse('judul\n\n31/12/23 21.05 - A: x\n32/13/23 21.06 - A: y');
    expect(chat.problems).toEqual([
      { line: 1, text: 'judul' },
      { line: 4, text: '32/13/23' },
    ]);
    expect(chat.rows).toHaveLength(2);
  });

  it('a line of 10 MB becomes rows that the box takes, and 200,000 lines are read', async () => {
    const long = await parse(`31/12/23 21.05 - A: ${'kata '.repeat(2_000_000)}`);
    expect(long.rows.length).toBeGreaterThan(2_000);
    expect(long.rows.every(({ text }) => text.length <= 4_000)).toBe(true);
    const many = await parse('31/12/23 21.05 - A: x\n'.repeat(200_000));
    expect(many.rows).toHaveLength(200_000);
  });

  it('a row that shows nothing, or has what is no character, does not stop an import', async () => {
    const chat = await parse('31/12/23 21.05 - A: \u2063\u3164\n31/12/23 21.06 - A: a\ud83db');
    expect(chat.rows.map(({ text }) => text)).toEqual(['a\ufffdb']);
    expect(chat.problems).toMatchObject([{ line: 1 }]);
  });

  it('much white space in a message is read in linear time: a quadratic search would not end', async () => {
    const chat = await parse(`31/12/23 21.05 - A: a${' '.repeat(1_000_000)}b`);
    expect(chat.rows.map(({ text }) => text.trim())).toEqual(['a', 'b']);
  });

  it('any text is read without an error, and each line is a message, goes on with one, or is reported', async () => {
    const line = fc.oneof(
      fc.string(),
      fc.string().map((text) => `31/12/23 21.05 - Budi: ${text}`),
      fc.string().map((text) => `[1/2/23, 9:05:33 PM] ${text}`),
      fc.constantFrom(
        '99/99/99 99.99 - x',
        '[',
        '1/1/1',
        '31/12/23 21.05 - ',
        `${LRM}[31/12/23 21.05.33] A:`,
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 30 }), async (lines) => {
        const chat = await parse(lines.join('\n'));
        const shown = [...chat.rows.map(({ text }) => text), ...chat.problems.map(({ text }) => text)].join(
          '\n',
        );
        for (const word of lines.flatMap((one) => one.match(/[a-z]{6,}/gi) ?? []))
          expect(shown + JSON.stringify(chat.rows)).toContain(word);
        expect(chat.rows.every(({ at }) => Number.isSafeInteger(at))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
