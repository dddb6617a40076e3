import { expect, test } from 'vitest';
import { memoryKeyValueStore } from '../../key-value-store.ts';
import { openHeard } from './heard.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
const NOW = 100 * DAY_MS;

function open(store = memoryKeyValueStore()) {
  const heard = openHeard(
    { ...store, setItem: (key, value) => void store.setItem(key, value) },
    'heard',
    NOW,
  );
  return { heard, store };
}

test('a voice message counts as heard once it was played, also after a reload', () => {
  const { heard, store } = open();
  const voice = { id: 'a', at: NOW - 1_000 };
  expect(heard.has(voice)).toBe(false);
  heard.add(voice);
  expect(heard.has(voice)).toBe(true);
  expect(open(store).heard.has(voice)).toBe(true);
});

test('a browser that is new to an account marks only the messages of the last day as not played', () => {
  const { heard } = open();
  expect(heard.has({ id: 'old', at: NOW - 2 * DAY_MS })).toBe(true);
  expect(heard.has({ id: 'new', at: NOW - DAY_MS / 2 })).toBe(false);
});

test('the memory is bounded, and what was played stays played', () => {
  const { heard, store } = open();
  const played = Array.from({ length: 400 }, (_, index) => ({ id: `v${index}`, at: NOW + index }));
  for (const voice of played) heard.add(voice);
  expect(played.filter((voice) => !heard.has(voice))).toEqual([]);
  expect(heard.has({ id: 'later', at: NOW + 500 })).toBe(false);
  expect(store.getItem('heard')?.length).toBeLessThan(15_000);
});

test('a damaged memory is begun anew', () => {
  const store = memoryKeyValueStore();
  store.setItem('heard', '{"before":"x"}');
  expect(open(store).heard.has({ id: 'a', at: NOW })).toBe(false);
});
