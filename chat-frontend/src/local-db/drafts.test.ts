import { expect, test } from 'vitest';
import { memoryKeyValueStore } from '../key-value-store.ts';
import { createDrafts } from './drafts.ts';

test('keeps drafts per account and forgets only the own ones', () => {
  const keyValueStore = memoryKeyValueStore();
  const sari = createDrafts(keyValueStore, 'sari');
  const budi = createDrafts(keyValueStore, 'budi');
  sari.saveDraft('c1', { text: 'halo' });
  budi.saveDraft('c1', { text: 'hai' });
  expect(sari.drafts()).toEqual({ c1: { text: 'halo' } });
  sari.wipe();
  expect(sari.drafts()).toEqual({});
  expect(budi.drafts()).toEqual({ c1: { text: 'hai' } });
});

test('an answer and an unfinished edit outlive the page', () => {
  const keyValueStore = memoryKeyValueStore();
  const draft = { text: 'segera', replyTo: 7, edit: { seq: 3, text: 'lama, diperbaiki' } };
  createDrafts(keyValueStore, 'sari').saveDraft('c1', draft);
  expect(createDrafts(keyValueStore, 'sari').drafts()).toEqual({ c1: draft });
});

test('a draft that an earlier page kept is its text, whatever that looks like', () => {
  const keyValueStore = memoryKeyValueStore();
  const kept = ['halo', '12', 'null', '{"a":1}', '{"text":'];
  for (const [at, text] of kept.entries()) keyValueStore.setItem(`bisik.sari.draft.c${at}`, text);
  expect(Object.values(createDrafts(keyValueStore, 'sari').drafts())).toEqual(kept.map((text) => ({ text })));
});

test('a blank draft is none', () => {
  const keyValueStore = memoryKeyValueStore();
  const { saveDraft } = createDrafts(keyValueStore, 'sari');
  saveDraft('c1', { text: 'x' });
  saveDraft('c1', { text: '  \n' });
  expect(keyValueStore.keys()).toEqual([]);
});
