import { expect, test } from 'vitest';
import { memoryShelf } from '../key-value-store.ts';
import { createDrafts } from './drafts.ts';

test('keeps drafts per account and forgets only the own ones', () => {
  const shelf = memoryShelf();
  const sari = createDrafts(shelf, 'sari');
  const budi = createDrafts(shelf, 'budi');
  sari.keepDraft('c1', { text: 'halo' });
  budi.keepDraft('c1', { text: 'hai' });
  expect(sari.drafts()).toEqual({ c1: { text: 'halo' } });
  sari.wipe();
  expect(sari.drafts()).toEqual({});
  expect(budi.drafts()).toEqual({ c1: { text: 'hai' } });
});

test('an answer and an unfinished edit outlive the page', () => {
  const shelf = memoryShelf();
  const draft = { text: 'segera', replyTo: 7, edit: { seq: 3, text: 'lama, diperbaiki' } };
  createDrafts(shelf, 'sari').keepDraft('c1', draft);
  expect(createDrafts(shelf, 'sari').drafts()).toEqual({ c1: draft });
});

test('a draft that an earlier page kept is its text, whatever that looks like', () => {
  const shelf = memoryShelf();
  const kept = ['halo', '12', 'null', '{"a":1}', '{"text":'];
  for (const [at, text] of kept.entries()) shelf.setItem(`bisik.sari.draft.c${at}`, text);
  expect(Object.values(createDrafts(shelf, 'sari').drafts())).toEqual(kept.map((text) => ({ text })));
});

test('a blank draft is none', () => {
  const shelf = memoryShelf();
  const { keepDraft } = createDrafts(shelf, 'sari');
  keepDraft('c1', { text: 'x' });
  keepDraft('c1', { text: '  \n' });
  expect(shelf.keys()).toEqual([]);
});
