import { expect, test } from 'vitest';
import { createKept } from './kept.ts';
import { memoryShelf } from './storage.ts';

test('keeps drafts per account and forgets only the own ones', () => {
  const shelf = memoryShelf();
  const sari = createKept(shelf, 'sari');
  const budi = createKept(shelf, 'budi');
  sari.keepDraft('c1', 'halo');
  budi.keepDraft('c1', 'hai');
  expect(sari.drafts()).toEqual({ c1: 'halo' });
  sari.wipe();
  expect(sari.drafts()).toEqual({});
  expect(budi.draft('c1')).toBe('hai');
});

test('a blank draft is none', () => {
  const shelf = memoryShelf();
  const kept = createKept(shelf, 'sari');
  kept.keepDraft('c1', 'x');
  kept.keepDraft('c1', '  \n');
  expect(shelf.length).toBe(0);
});

test('a full storage does not stop anyone from typing', () => {
  const shelf = memoryShelf();
  shelf.setItem = () => {
    throw new DOMException('full', 'QuotaExceededError');
  };
  const kept = createKept(shelf, 'sari');
  expect(() => kept.keepDraft('c1', 'long')).not.toThrow();
});
