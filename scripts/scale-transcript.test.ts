import { expect, it } from 'vitest';
import { transcriptOf } from './scale-transcript.ts';

const report = (...states: string[]) => ({
  testResults: [
    { assertionResults: states.map((status, n) => ({ fullName: `story ${n}`, status, duration: 1234 })) },
  ],
});
const about = { subject: 'commit abc', figures: '| failure | times |\n' };

it('the transcript of test:scale has the figures, a row for each test, and the count at its end', () => {
  const { text, hasPassed } = transcriptOf(report('passed', 'passed'), about);
  expect(hasPassed).toBe(true);
  expect(text).toContain('# Several cores: commit abc\n');
  expect(text).toContain('| failure | times |\n');
  expect(text).toContain('| story 1 | passed | 1.2 s |\n');
  expect(text.endsWith('\n2 passed, 0 failed')).toBe(true);
});

it('a story that failed or did not run makes test:scale fail, and so does none at all', () => {
  for (const states of [['passed', 'failed'], ['passed', 'skipped'], []])
    expect(transcriptOf(report(...states), about).hasPassed).toBe(false);
});
