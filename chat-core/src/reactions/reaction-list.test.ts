import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  countReactions,
  MAX_EMOJIS,
  MAX_OWN_EMOJIS,
  MAX_REACTIONS,
  type ReactionList,
  readReactionList,
  withoutReaction,
  withReaction,
  writeReactionList,
} from './reaction-list.ts';

const EMOJIS = [...'😀😃😄😁😆😅😂🙂🙃😉😊😇😍😘😗😚😙😋😛😜😝😎'];
const idOf = (n: number) => `550e8400-e29b-41d4-a716-44665544${String(n).padStart(4, '0')}`;
const reactionOf = fc.tuple(fc.nat({ max: 40 }).map(idOf), fc.constantFrom(...EMOJIS), fc.boolean());

it('any sequence of changes keeps each pair once, within the limits, and survives being written and read', () => {
  fc.assert(
    fc.property(fc.array(reactionOf, { maxLength: 200 }), (changes) => {
      let list: ReactionList = [];
      const expected = new Set<string>();
      for (const [userId, emoji, isOn] of changes) {
        const next = isOn ? withReaction(list, userId, emoji) : withoutReaction(list, userId, emoji);
        if (isOn && next) expected.add(`${userId} ${emoji}`);
        if (!isOn) expected.delete(`${userId} ${emoji}`);
        list = next ?? list;
      }
      const pairs = list.flatMap(([emoji, userIds]) => userIds.map((id) => `${id} ${emoji}`));
      expect(pairs.toSorted()).toEqual([...expected].sort());
      expect(list.length).toBeLessThanOrEqual(MAX_EMOJIS);
      for (let n = 0; n <= 40; n++)
        expect(countReactions(list, idOf(n)).filter(({ mine }) => mine).length).toBeLessThanOrEqual(
          MAX_OWN_EMOJIS,
        );
      expect(readReactionList(writeReactionList(list))).toEqual(list);
    }),
  );
});

it('the largest list is a text that cipher-service takes', () => {
  let list: ReactionList = [];
  for (let n = 0; n < MAX_REACTIONS; n++) {
    const emoji = n < MAX_EMOJIS ? EMOJIS[n] : EMOJIS[n % MAX_EMOJIS];
    list = withReaction(list, idOf(n), emoji ?? '') ?? list;
  }
  expect(withReaction(list, idOf(9999), EMOJIS[0] ?? '')).toBeUndefined();
  const longer = list.map(([, ids]) => ['👩🏻‍❤️‍💋‍👨🏻', ids] as const);
  expect(Buffer.byteLength(writeReactionList(longer))).toBeLessThan(16 * 1024);
});

it('a text that is no list of reactions is read as none', () => {
  for (const text of [undefined, '', '[', '{}', '[["x",[]]]', '[["👍",["x"]]]', '[["👍"]]', 'null'])
    expect(readReactionList(text)).toBeUndefined();
});
