import { expect, test } from 'vitest';
import { chatId, me } from '../../../test/support/factories.ts';
import { fakeClock } from '../../../test/support/fake-clock.ts';
import type { Draft } from '../../state/draft.ts';
import { createStore } from '../../state/store.ts';
import type { Actions } from '../ui.ts';
import { holdDraft } from './composer-draft.ts';

/** Two tabs of a browser that show the same conversation; what one writes the other hears of when `tell` says so. */
function openTabs(first: Draft = { text: '' }) {
  const time = fakeClock();
  const kept: Draft[] = [];
  const tabs = [0, 1].map(() => {
    const store = createStore(() => undefined);
    store.dispatch({ type: 'signed-in', me, drafts: { [chatId]: first } });
    const keepDraft = (conversationId: string, draft: Draft) => {
      kept.push(draft);
      store.dispatch({ type: 'draft', conversationId, draft });
    };
    const actions = { keepDraft } as Actions;
    const held = holdDraft({ clock: time.clock, actions, state: store.get }, chatId);
    const tell = (draft: Draft) => {
      store.dispatch({ type: 'drafts', drafts: { [chatId]: structuredClone(draft) } });
      return held.follow(store.get());
    };
    return { held, tell };
  });
  const [a, b] = tabs as [(typeof tabs)[0], (typeof tabs)[0]];
  return { a, b, kept, ...time };
}

test('what is written is kept a moment after the last key, once', async () => {
  const { a, kept, pass } = openTabs();
  a.held.change({ text: 'h' });
  await pass(200);
  a.held.change({ text: 'ha' });
  await pass(200);
  expect(kept).toEqual([]);
  await pass(100);
  expect(kept).toEqual([{ text: 'ha' }]);
  a.held.keep();
  expect(kept).toHaveLength(1);
});

test('a tab that did not change a draft never writes it back, also not over one that was sent elsewhere', async () => {
  const { a, b, kept, pass } = openTabs({ text: 'setengah' });
  b.held.keep();
  a.held.change({ text: '' });
  a.held.keep();
  // It was not told yet, and is closed.
  b.held.keep();
  await pass(1_000);
  expect(kept).toEqual([{ text: '' }]);
  expect(b.tell({ text: '' })).toBe(true);
  expect(b.held.get()).toEqual({ text: '' });
});

test('a tab follows what another has written, but for what is just being written in it', async () => {
  const { a, b, kept, pass } = openTabs();
  a.held.change({ text: 'dari a', replyTo: 3 });
  a.held.keep();
  b.tell({ text: 'dari a', replyTo: 3 });
  expect(b.held.get()).toEqual({ text: 'dari a', replyTo: 3 });
  b.held.change({ text: 'dari b' });
  expect(b.tell({ text: 'dari a lagi' })).toBe(false);
  await pass(300);
  expect([b.held.get(), kept.at(-1)]).toEqual([{ text: 'dari b' }, { text: 'dari b' }]);
});

test('what is only shown is not kept', async () => {
  const { a, kept, pass } = openTabs({ text: 'jawab', replyTo: 3 });
  a.held.show({ text: 'jawab' });
  a.held.keep();
  await pass(1_000);
  expect([a.held.get(), kept]).toEqual([{ text: 'jawab' }, []]);
});
