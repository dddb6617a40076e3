import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ANSWERS } from '../wire/polls.ts';
import {
  choicesOf,
  MAX_VOTERS,
  readVoteList,
  type VoteList,
  withinLimit,
  withVote,
  writeVoteList,
} from './vote-list.ts';

const idOf = (n: number) => `550e8400-e29b-41d4-a716-44665544${String(n).padStart(4, '0')}`;
const EVERY = Array.from({ length: ANSWERS.max }, (_, index) => index);
const voteOf = fc.tuple(fc.nat({ max: 30 }).map(idOf), fc.subarray(EVERY));

it('after any sequence of votes each person has their last choices, and the list survives being written and read', () => {
  fc.assert(
    fc.property(fc.array(voteOf, { maxLength: 200 }), (votes) => {
      let list: VoteList = [];
      const expected = new Map<string, number[]>();
      for (const [userId, choices] of votes) {
        const before = expected.get(userId) ?? [];
        const next = withVote(list, userId, choices);
        expect(next === list).toBe(String(before) === String(choices));
        if (choices.length > 0) expected.set(userId, choices);
        else expected.delete(userId);
        list = next;
      }
      expect(new Map(list.map(([id, answers]) => [id, choicesOf(answers)]))).toEqual(expected);
      expect(readVoteList(writeVoteList(list))).toEqual(list);
    }),
  );
});

it('a choice that is named twice counts once', () => {
  expect(withVote([], idOf(1), [2, 2, 0])).toEqual([[idOf(1), 0b101]]);
});

it('the largest list is a text that cipher-service takes, and every member of a full group has a place in it', () => {
  const all = 2 ** ANSWERS.max - 1;
  const list: VoteList = Array.from({ length: MAX_VOTERS + 6 }, (_, n) => [idOf(n), all] as const);
  const isMember = (id: string) => id >= idOf(90);
  const fitting = withinLimit(list, isMember);
  expect(fitting).toHaveLength(MAX_VOTERS);
  expect(fitting.filter(([id]) => isMember(id))).toHaveLength(256);
  expect(fitting[0]?.[0]).toBe(idOf(6));
  expect(Buffer.byteLength(writeVoteList(fitting))).toBeLessThan(16 * 1024);
  expect(withinLimit(fitting, () => false)).toBe(fitting);
});

it('a text that is no list of votes is read as none', () => {
  const id = idOf(1);
  const bad = [
    undefined,
    '',
    '[',
    '{}',
    'null',
    `[["${id}"]]`,
    `[["${id}",0]]`,
    `[["${id}",1024]]`,
    '[["x",1]]',
  ];
  for (const text of [...bad, `[["${id}",1],["${id}",2]]`]) expect(readVoteList(text)).toBeUndefined();
});
