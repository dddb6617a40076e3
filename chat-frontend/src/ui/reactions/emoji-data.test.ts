import { expect, test } from 'vitest';
import { EMOJI_GROUPS, findEmojis } from './emoji-data.ts';

const all = EMOJI_GROUPS.flatMap(({ emojis }) => emojis);

test('each emoji of the picker is one that the server takes, and is there once', () => {
  expect(all.filter((emoji) => !/^\p{RGI_Emoji}$/v.test(emoji))).toEqual([]);
  expect(new Set(all).size).toBe(all.length);
  expect(all.length).toBeGreaterThan(600);
});

test('a search finds emojis by the beginning of their words in both languages, and only those of the picker', () => {
  expect(findEmojis('terima')).toContain('🙏');
  expect(findEmojis('thank')).toContain('🙏');
  expect(findEmojis('Ulang TAHUN')).toEqual(['🎂']);
  expect(findEmojis('zzz')).toEqual([]);
  expect(findEmojis('  ')).toBeUndefined();
  const found = [...'abcdefghijklmnopqrstuvwxyz'].flatMap((letter) => findEmojis(letter) ?? []);
  expect(found.filter((emoji) => !all.includes(emoji))).toEqual([]);
});
