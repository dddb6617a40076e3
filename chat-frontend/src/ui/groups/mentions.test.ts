import { expect, test } from 'vitest';
import type { GroupMember } from '../../../../chat-core/src/wire/wire.ts';
import { matching, mentionAt, withMention } from './mentions.ts';

const member = (username: string, displayName = ''): GroupMember => ({
  id: username,
  username,
  role: 'member',
  ...(displayName ? { displayName } : {}),
});

test.each([
  ['@', ''],
  ['halo @bud', 'bud'],
  ['(@bud', 'bud'],
  ['baris\n@bud', 'bud'],
  ['sari@rumah.id', undefined],
  ['@budi dan', undefined],
  ['@@', undefined],
])('before the caret in %j the begun mention is %j', (text, begun) => {
  expect(mentionAt(text, text.length)).toBe(begun);
});

test('only the text before the caret begins a mention', () => {
  expect(mentionAt('@budi besok', 3)).toBe('bu');
  expect(mentionAt('besok @budi', 5)).toBeUndefined();
});

test('members match by username and by each word of their name, without case and diacritics', () => {
  const budi = member('budi.santoso', 'Pak Budi');
  const josé = member('jose', 'José Budiman');
  const members = [member('anton'), josé, budi];
  expect(matching(members, 'BUD')).toEqual([budi, josé]);
  expect(matching(members, 'sant')).toEqual([budi]);
  expect(matching(members, 'jose')).toEqual([josé]);
  expect(matching(members, 'xyz')).toEqual([]);
  const many = Array.from({ length: 20 }, (_, n) => member(`warga${n}`));
  expect(matching(many, '').length).toBe(8);
});

test('the chosen username replaces what was begun, with one space and the caret after it', () => {
  expect(withMention('halo @bu', 8, 'budi')).toEqual({ text: 'halo @budi ', caret: 11 });
  expect(withMention('halo @bu besok', 8, 'budi')).toEqual({ text: 'halo @budi besok', caret: 11 });
});
