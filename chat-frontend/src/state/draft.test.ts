import { expect, test } from 'vitest';
import { editing, isEmpty, noDraft, replying, targetOf, textOf, withoutTarget, withText } from './draft.ts';

test('an edit covers a reply, and without the edit the reply is there with its text', () => {
  const answer = withText(replying(noDraft, 7), 'segera');
  const edit = withText(editing(answer, 3, 'lama'), 'lama, diperbaiki');
  expect([targetOf(edit), textOf(edit)]).toEqual([{ kind: 'edit', seq: 3 }, 'lama, diperbaiki']);
  const back = withoutTarget(edit);
  expect([targetOf(back), textOf(back)]).toEqual([{ kind: 'reply', seq: 7 }, 'segera']);
  expect(withoutTarget(back)).toEqual({ text: 'segera' });
});

test('a reply to another message keeps the text and ends an edit', () => {
  const edit = editing(withText(replying(noDraft, 7), 'segera'), 3, 'lama');
  expect(replying(edit, 9)).toEqual({ text: 'segera', replyTo: 9 });
});

test('a draft is blank when it has neither text nor target', () => {
  expect([noDraft, { text: ' \n' }].map(isEmpty)).toEqual([true, true]);
  expect([{ text: 'a' }, replying(noDraft, 1), editing(noDraft, 1, '')].map(isEmpty)).toEqual([
    false,
    false,
    false,
  ]);
});
