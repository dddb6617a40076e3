import type { Bubble } from '../../state/selectors.ts';

/** What is copied of a message: its text, and of a poll the answers, a line each. */
export const copiedTextOf = ({ text, poll }: Pick<Bubble, 'text' | 'poll'>): string =>
  [text, ...(poll?.answers ?? []).map((answer) => `- ${answer.text}`)].join('\n');
