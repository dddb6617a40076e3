import { expect, test } from 'vitest';
import { memoryKeyValueStore } from '../key-value-store.ts';
import { wipeAccountKeys } from './account-keys.ts';
import { createDrafts } from './drafts.ts';

test('drafts are stored per account, and a wipe removes those of its account alone', () => {
  const keyValueStore = memoryKeyValueStore();
  const sari = createDrafts(keyValueStore, 'sari');
  const budi = createDrafts(keyValueStore, 'budi');
  sari.saveDraft('c1', { text: 'halo' });
  budi.saveDraft('c1', { text: 'hai' });
  expect(sari.drafts()).toEqual({ c1: { text: 'halo' } });
  wipeAccountKeys(keyValueStore, 'sari');
  expect(sari.drafts()).toEqual({});
  expect(budi.drafts()).toEqual({ c1: { text: 'hai' } });
});

test('the reply target and an unfinished edit of a draft survive a reload', () => {
  const keyValueStore = memoryKeyValueStore();
  const draft = { text: 'segera', replyTo: 7, edit: { seq: 3, text: 'lama, diperbaiki' } };
  createDrafts(keyValueStore, 'sari').saveDraft('c1', draft);
  expect(createDrafts(keyValueStore, 'sari').drafts()).toEqual({ c1: draft });
});

test('a draft stored by an earlier version of the page is its text, whatever that looks like', () => {
  const keyValueStore = memoryKeyValueStore();
  const stored = ['halo', '12', 'null', '{"a":1}', '{"text":'];
  for (const [index, text] of stored.entries()) keyValueStore.setItem(`bisik.sari.draft.c${index}`, text);
  expect(Object.values(createDrafts(keyValueStore, 'sari').drafts())).toEqual(
    stored.map((text) => ({ text })),
  );
});

test('a blank draft is not stored', () => {
  const keyValueStore = memoryKeyValueStore();
  const { saveDraft } = createDrafts(keyValueStore, 'sari');
  saveDraft('c1', { text: 'x' });
  saveDraft('c1', { text: '  \n' });
  expect(createDrafts(keyValueStore, 'sari').drafts()).toEqual({});
});

test('the drafts of conversations that are gone are forgotten', () => {
  const { saveDraft, drafts, forgetDrafts } = createDrafts(memoryKeyValueStore(), 'sari');
  saveDraft('c1', { text: 'halo' });
  saveDraft('c2', { text: 'hai' });
  forgetDrafts(['c1', 'c3']);
  expect(drafts()).toEqual({ c2: { text: 'hai' } });
});
