import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPauses } from './imported-chat.ts';
import { parseTelegram } from './telegram.ts';
import { telegramChats } from './telegram-chats.ts';

const chatsIn = (json: string) => telegramChats(json, createPauses());

const RESULT = {
  name: 'Keluarga',
  type: 'private_group',
  messages: [
    {
      id: 1,
      type: 'service',
      date: '2023-12-31T21:05:00',
      date_unixtime: '1704056700',
      actor: 'Bu Sari',
      action: 'create_group',
      title: 'Keluarga',
      members: ['Budi'],
      text: '',
    },
    {
      id: 2,
      type: 'message',
      date_unixtime: '1704056760',
      from: 'Bu Sari',
      text: ['Lihat ', { type: 'link', text: 'https://example.org' }, ' ya'],
    },
    {
      id: 3,
      type: 'message',
      date_unixtime: '1704056820',
      from: 'Budi',
      text: 'Bagus',
      reply_to_message_id: 2,
      photo: 'photos/photo_1.jpg',
    },
    {
      id: 4,
      type: 'message',
      date_unixtime: '1704056880',
      from: 'Budi',
      text: '',
      file: '(File not included. Change data exporting settings to download.)',
      file_name: 'jadwal.pdf',
    },
    {
      id: 5,
      type: 'message',
      date_unixtime: '1704056940',
      from: null,
      from_id: 'user7',
      text: '',
      poll: { question: 'Ke mana?', answers: [{ text: 'Pantai', voters: 1 }] },
    },
    { id: 6, type: 'message', date_unixtime: '1704057000', from: 'Budi', text: '' },
    { id: 7, type: 'message', from: 'Budi', text: 'tanpa waktu' },
  ],
};

describe('the export of Telegram', () => {
  it('messages, lines of the app, answers, files and polls become rows, and the rest is reported', async () => {
    const [chat] = (await chatsIn(JSON.stringify(RESULT, null, 1))) ?? [];
    const parsed = await parseTelegram(chat ?? expect.fail());
    expect(parsed.rows).toEqual([
      { at: 1704056700000, text: 'Bu Sari · create group · Keluarga · Budi' },
      { at: 1704056760000, name: 'Bu Sari', text: 'Lihat https://example.org ya' },
      { at: 1704056820000, name: 'Budi', text: 'Bagus', file: 'photos/photo_1.jpg', replyTo: 1 },
      { at: 1704056880000, name: 'Budi', text: '(jadwal.pdf)' },
      { at: 1704056940000, name: 'user7', text: 'Ke mana?\n• Pantai' },
    ]);
    expect(parsed.problems).toEqual([
      { line: 6, text: '' },
      { line: 7, text: 'tanpa waktu' },
    ]);
    expect(parsed.leftOut).toBe(1);
  });

  it('a full export has several chats', async () => {
    const full = {
      about: 'x',
      chats: { about: '{', list: [RESULT, { name: null, messages: [] }, { name: 'x' }] },
    };
    const chats = (await chatsIn(JSON.stringify(full))) ?? [];
    expect(chats.map(({ title, messages }) => [title, [...messages]])).toEqual([
      ['Keluarga', RESULT.messages],
      ['Telegram', []],
    ]);
    expect(await chatsIn('{"a": 1}')).toBeUndefined();
  });

  it('the chats of any JSON are those that a parser of the whole finds, and a cut text has none', async () => {
    const chat = fc.record(
      {
        name: fc.jsonValue(),
        messages: fc.oneof(fc.array(fc.jsonValue()), fc.jsonValue()),
        id: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    const full = fc.record({ about: fc.jsonValue(), chats: fc.record({ list: fc.array(chat) }) });
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(chat, full, fc.jsonValue()),
        fc.nat(2),
        fc.nat(),
        async (json, indent, cut) => {
          const text = JSON.stringify(json, null, indent);
          const found = await chatsIn(text);
          expect(found?.map(({ title, messages }) => [title, [...messages]])).toEqual(
            chatsOf(JSON.parse(text)),
          );
          if (text.startsWith('{')) expect(await chatsIn(text.slice(0, cut % text.length))).toBeUndefined();
        },
      ),
    );
  });

  it('any text is walked through without an error', async () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      ',',
      ':',
      '\\',
      '"messages":[',
      '"chats":{"list":[',
      'null',
      ' ',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece), async (pieces) => {
        for (const chat of (await chatsIn(`{${pieces.join('')}`)) ?? []) await parseTelegram(chat);
      }),
    );
  });

  it('the reading stops when its signal aborts, with the reason', async () => {
    const messages = Array.from({ length: 20_000 }, (_, id) => ({
      id,
      date_unixtime: '1704056760',
      text: 'ya',
    }));
    const ending = new AbortController();
    const onStep = () => ending.abort(new Error('enough'));
    const reading = telegramChats(JSON.stringify({ messages }), always(ending.signal), onStep);
    await expect(reading).rejects.toThrow('enough');
  });

  it('any JSON is read without an error, and each message is a row or reported', async () => {
    const message = fc.oneof(
      fc.jsonValue(),
      fc.record(
        {
          id: fc.nat(9),
          type: fc.constantFrom('message', 'service'),
          date_unixtime: fc.oneof(fc.string(), fc.nat().map(String)),
          from: fc.jsonValue(),
          text: fc.jsonValue(),
          reply_to_message_id: fc.nat(9),
          photo: fc.jsonValue(),
          poll: fc.jsonValue(),
        },
        { requiredKeys: [] },
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(message), async (messages) => {
        const parsed = await parseTelegram({ title: 'x', messages });
        expect(parsed.rows.length + parsed.problemCount).toBe(messages.length);
        expect(parsed.rows.every(({ replyTo }, index) => replyTo === undefined || replyTo < index)).toBe(
          true,
        );
      }),
    );
  });
});

/** A pause at each step. */
const always = (signal: AbortSignal) => async () => signal.throwIfAborted();

/** What `JSON.parse` and a look at the whole give. */
function chatsOf(json: unknown): [string, unknown[]][] | undefined {
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject(json)) return undefined;
  const list = Array.isArray(json.messages) ? [json] : isObject(json.chats) ? json.chats.list : undefined;
  if (!Array.isArray(list)) return undefined;
  return list
    .filter(isObject)
    .filter(({ messages }) => Array.isArray(messages))
    .map(({ name, messages }) => [
      typeof name === 'string' && name !== '' ? name : 'Telegram',
      messages as unknown[],
    ]);
}
