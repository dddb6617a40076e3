// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import {
  after,
  budi,
  delta,
  groupConversation,
  groupId,
  me,
  start,
} from '../../../test/support/factories.ts';
import { el } from '../el.ts';
import { emphasizeMentions, findMentions, mentionedIn, mentionOf } from './mentions.ts';

const people = [
  { id: 'sari', username: 'sari' },
  { id: 'sari2', username: 'sari.w' },
  { id: 'joko', username: 'Pak-Joko' },
  { id: 'dewi', username: 'Déwi' },
];
const found = (text: string) =>
  findMentions(text, people).map(({ userId, start, end }) => `${userId}:${text.slice(start, end)}`);

test('a mention is @ and the whole username of a member, in any case, without the punctuation after it', () => {
  expect(found('@sari dan @PAK-JOKO, besok')).toEqual(['sari:@sari', 'joko:@PAK-JOKO']);
  expect(found('(@sari.w) @sari. @sari...')).toEqual(['sari2:@sari.w', 'sari:@sari', 'sari:@sari']);
  expect(found('@De\u0301wi!')).toEqual(['dewi:@De\u0301wi']);
  expect(found(people.map(mentionOf).join(' '))).toHaveLength(people.length);
});

test('an e-mail address, a URL, a longer word and another name are no mentions', () => {
  expect(found('a@sari x.@sari https://example.org/@sari @sarinah @sari-x @@sari @nobody')).toEqual([]);
});

test('a message mentions each member once, and not its author', () => {
  const { chats } = after(...start(0), delta({ conversations: [groupConversation(1)] }));
  const chat = chats[groupId] ?? expect.fail();
  expect(mentionedIn(`@budi @Budi @${me.username}`, chat, me.id)).toEqual([budi.id]);
});

test('a mention is emphasised, also beside a link, and the text stays the same', () => {
  const link = el('a', { href: 'https://example.org/' }, 'https://example.org/?x=@sari');
  const node = el('p', {}, 'Halo @sari & <b>@Pak-Joko</b> ', link);
  const text = node.textContent;
  for (let turn = 0; turn < 2; turn++) emphasizeMentions(node, people, 'sari');
  expect(node.textContent).toBe(text);
  expect([...node.querySelectorAll('strong')].map((one) => [one.className, one.textContent])).toEqual([
    ['mention mention-me', '@sari'],
    ['mention', '@Pak-Joko'],
  ]);
  expect(node.querySelector('b')).toBeNull();
});
