import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  answerFields,
  emptyDraft,
  isEmptyDraft,
  MAX_ANSWERS,
  type PollDraft,
  pollOf,
  problemOf,
} from './poll-draft.ts';

const draftOf = (question: string, ...answers: string[]): PollDraft => ({
  ...emptyDraft(),
  question,
  answers,
});

test('one more field for an answer is there than are used, from two to ten', () => {
  expect([[], ['a'], ['a', 'b'], ['', '', 'c', ' ']].map(answerFields)).toEqual([2, 2, 3, 4]);
  expect(answerFields(Array(MAX_ANSWERS).fill('a'))).toBe(MAX_ANSWERS);
});

test('what is missing or repeated in a poll is named with its field', () => {
  expect(problemOf(draftOf(' ', 'a', 'b'))).toEqual({ field: 'question', text: 'poll.needsQuestion' });
  expect(problemOf(draftOf('Kapan?', 'a', ' '))).toEqual({ field: 1, text: 'poll.needsAnswers' });
  expect(problemOf(draftOf('Kapan?'))).toEqual({ field: 0, text: 'poll.needsAnswers' });
  expect(problemOf(draftOf('Kapan?', 'Sabtu', '', ' sabtu '))).toEqual({ field: 2, text: 'poll.sameAnswer' });
  expect(problemOf(draftOf('Kapan?', 'Sabtu', 'Minggu', ''))).toBeUndefined();
});

test('any draft without a problem makes a poll of at least two different answers, each in one line', () => {
  const answers = fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 10 });
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), answers, (question, list) => {
      const draft = draftOf(question, ...list);
      fc.pre(problemOf(draft) === undefined);
      const poll = pollOf(draft, 0);
      expect(poll.answers.length).toBeGreaterThanOrEqual(2);
      expect(new Set(poll.answers).size).toBe(poll.answers.length);
      for (const text of [poll.question, ...poll.answers]) expect(text).toMatch(/^\S(?:.*\S)?$/u);
    }),
  );
});

test('a poll closes as many hours after now as were chosen, and without a choice never', () => {
  const draft = draftOf('Kapan?', 'Sabtu', 'Minggu');
  expect(pollOf(draft, 5)).toEqual({ question: 'Kapan?', answers: ['Sabtu', 'Minggu'] });
  expect(pollOf({ ...draft, multiple: true, hours: 24 }, 5)).toEqual({
    question: 'Kapan?',
    answers: ['Sabtu', 'Minggu'],
    multiple: true,
    closesAt: 86_400_005,
  });
});

test('a draft is empty while nothing but spaces is typed', () => {
  expect([
    isEmptyDraft(emptyDraft()),
    isEmptyDraft(draftOf(' ', '\n')),
    isEmptyDraft(draftOf('', 'a')),
  ]).toEqual([true, true, false]);
});
