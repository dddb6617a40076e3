import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ANSWERS, MAX_ANSWER, MAX_QUESTION } from '../wire/polls.ts';
import { readNewPoll, readPollText, requireOpening, writePollText } from './poll-text.ts';

const TIME = { now: () => 5000, wall: () => 2000 };
const words = (maxLength: number) => fc.string({ unit: 'binary', minLength: 1, maxLength });
const polls = fc.record(
  {
    question: words(MAX_QUESTION),
    answers: fc.array(words(MAX_ANSWER), { minLength: ANSWERS.min, maxLength: ANSWERS.max }),
    multiple: fc.constant(true as const),
    closesAt: fc.nat(),
  },
  { requiredKeys: ['question', 'answers'] },
);

it('any poll is refused as INVALID_POLL, or is read from its sealed text as it was, without controls, empty or double texts', () => {
  fc.assert(
    fc.property(polls, (input) => {
      let poll: ReturnType<typeof readNewPoll>;
      try {
        poll = readNewPoll(input, TIME);
      } catch (error) {
        expect(error).toMatchObject({ code: 'INVALID_POLL' });
        return;
      }
      const texts = [poll.question, ...poll.answers];
      expect(
        texts.filter(
          (text) => text.trim() !== text || text === '' || /\p{Cc}/u.test(text.replaceAll(/[\n\t]/g, '')),
        ),
      ).toEqual([]);
      expect(new Set(poll.answers).size).toBe(input.answers.length);
      expect(readPollText(writePollText(poll))).toEqual(poll);
      expect(Buffer.byteLength(writePollText(poll))).toBeLessThan(16 * 1024);
    }),
  );
});

it('the end of a poll is moved to the time line of the box, and is later than now and within a year', () => {
  const poll = { question: 'Jadi?', answers: ['Ya', 'Tidak'] };
  expect(readNewPoll({ ...poll, closesAt: 2600 }, TIME).closesAt).toBe(5600);
  expect(() => requireOpening({ ...poll, closesAt: 5600 }, 5599)).not.toThrow();
  expect(() => requireOpening({ ...poll, closesAt: 5600 }, 5600)).toThrow('later than now');
  expect(() => requireOpening({ ...poll, closesAt: 4e10 }, 0)).toThrow('within a year');
});

it('a text that is no poll is read as none', () => {
  const bad = ['', '[', 'null', '{}', 'Makan apa?', '{"question":"a","answers":["b"]}'];
  for (const text of [undefined, ...bad, '{"question":"a","answers":["b","c"],"votes":[]}'])
    expect(readPollText(text)).toBeUndefined();
});
