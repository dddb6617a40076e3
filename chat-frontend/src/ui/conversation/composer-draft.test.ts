import { expect, test } from 'vitest';
import { chatId, me } from '../../../test/support/factories.ts';
import { fakeClock } from '../../../test/support/fake-clock.ts';
import type { Draft } from '../../state/draft.ts';
import { createStore } from '../../state/store.ts';
import type { Actions } from '../ui.ts';
import { openDraft } from './composer-draft.ts';

/** Two tabs that show the same conversation. `receive` gives a tab the draft that the other one saved. */
function openTabs(first: Draft = { text: '' }) {
  const time = fakeClock();
  const saved: Draft[] = [];
  const tabs = [0, 1].map(() => {
    const store = createStore(() => undefined);
    store.dispatch({ type: 'signed-in', me, drafts: { [chatId]: first } });
    const saveDraft = (conversationId: string, draft: Draft) => {
      saved.push(draft);
      store.dispatch({ type: 'draft', conversationId, draft });
    };
    const actions = { saveDraft } as Actions;
    const draft = openDraft({ clock: time.clock, actions, state: store.get }, chatId);
    const receive = (next: Draft) => {
      store.dispatch({ type: 'drafts', drafts: { [chatId]: structuredClone(next) } });
      return draft.follow(store.get());
    };
    return { draft, receive };
  });
  const [a, b] = tabs as [(typeof tabs)[0], (typeof tabs)[0]];
  return { a, b, saved, ...time };
}

test('a draft is saved once, a moment after the last key', async () => {
  const { a, saved, pass } = openTabs();
  a.draft.change({ text: 'h' });
  await pass(200);
  a.draft.change({ text: 'ha' });
  await pass(200);
  expect(saved).toEqual([]);
  await pass(100);
  expect(saved).toEqual([{ text: 'ha' }]);
  a.draft.save();
  expect(saved).toHaveLength(1);
});

test('a tab that did not change a draft never saves it, not even over a draft that another tab has sent', async () => {
  const { a, b, saved, pass } = openTabs({ text: 'setengah' });
  b.draft.save();
  a.draft.change({ text: '' });
  a.draft.save();
  // Tab b has not received the change yet when it closes.
  b.draft.save();
  await pass(1_000);
  expect(saved).toEqual([{ text: '' }]);
  expect(b.receive({ text: '' })).toBe(true);
  expect(b.draft.get()).toEqual({ text: '' });
});

test('a tab takes the draft that another tab saved, unless one is being written in it', async () => {
  const { a, b, saved, pass } = openTabs();
  a.draft.change({ text: 'dari a', replyTo: 3 });
  a.draft.save();
  b.receive({ text: 'dari a', replyTo: 3 });
  expect(b.draft.get()).toEqual({ text: 'dari a', replyTo: 3 });
  b.draft.change({ text: 'dari b' });
  expect(b.receive({ text: 'dari a lagi' })).toBe(false);
  await pass(300);
  expect([b.draft.get(), saved.at(-1)]).toEqual([{ text: 'dari b' }, { text: 'dari b' }]);
});

test('a draft that is shown without being changed is not saved', async () => {
  const { a, saved, pass } = openTabs({ text: 'jawab', replyTo: 3 });
  a.draft.showUnsaved({ text: 'jawab' });
  a.draft.save();
  await pass(1_000);
  expect([a.draft.get(), saved]).toEqual([{ text: 'jawab' }, []]);
});
