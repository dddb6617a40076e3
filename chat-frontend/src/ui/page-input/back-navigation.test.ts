import { beforeEach, expect, test } from 'vitest';
import { trackHistory } from '../../navigation.ts';
import { handleBackLinks } from './back-navigation.ts';

// @vitest-environment happy-dom

/** A fake history of a tab, with a page that follows it. */
function openTab(first: string) {
  const entries = [{ hash: first, state: null as unknown }];
  let index = 0;
  const location = { hash: first };
  const seen: string[] = [];
  const history = {
    get state() {
      return entries[index]?.state;
    },
    get length() {
      return entries.length;
    },
    replaceState(state: unknown, _: string, hash: string) {
      entries[index] = { hash, state };
      location.hash = hash;
    },
    go: (steps: number) => move(index + steps),
  };
  const target = new EventTarget();
  const window = Object.assign(target, { document, history, location }) as unknown as Window;
  const arrive = trackHistory(window);
  const show = () => {
    seen.push(location.hash);
    arrive(location.hash);
  };
  target.addEventListener('hashchange', show);

  function move(to: number): void {
    index = to;
    location.hash = entries[to]?.hash ?? 'outside';
    show();
  }

  show();
  handleBackLinks(window);
  return {
    /** Follows an ordinary link. */
    go(hash: string) {
      entries.splice(index + 1, entries.length, { hash, state: null });
      move(index + 1);
    },
    /** Clicks a back link to a page; returns whether its default action was prevented. */
    clickBack(hash: string, init: MouseEventInit = {}): boolean {
      const link = Object.assign(document.createElement('a'), { href: hash });
      link.setAttribute('data-back', '');
      document.body.append(link);
      const event = new MouseEvent('click', { bubbles: true, cancelable: true, ...init });
      link.dispatchEvent(event);
      return event.defaultPrevented;
    },
    back: () => move(index - 1),
    hashes: () => entries.map(({ hash }) => hash),
    index: () => index,
    seen,
  };
}

beforeEach(() => document.body.replaceChildren());

test('a back link returns to the history entry of its page, however many chats were opened since', () => {
  const tab = openTab('#/chats');
  for (const hash of ['#/chat/a', '#/chat/b', '#/contact/b']) tab.go(hash);
  tab.clickBack('#/chat/b');
  expect([tab.index(), tab.seen.at(-1)]).toEqual([2, '#/chat/b']);
  tab.clickBack('#/chats');
  expect([tab.index(), tab.seen.at(-1)]).toEqual([0, '#/chats']);
  expect(tab.hashes()).toEqual(['#/chats', '#/chat/a', '#/chat/b', '#/contact/b']);
});

test('a back link to a page that was not visited replaces the current history entry', () => {
  const tab = openTab('#/chat/a');
  tab.go('#/chat/b');
  tab.clickBack('#/chats');
  expect([tab.index(), tab.hashes()]).toEqual([1, ['#/chat/a', '#/chats']]);
  expect(tab.seen.at(-1)).toBe('#/chats');
});

test('after the browser’s Back button, a back link replaces an entry unless an earlier one has its page', () => {
  const tab = openTab('#/settings');
  tab.go('#/chats');
  tab.go('#/chat/a');
  tab.back();
  tab.back();
  tab.go('#/chat/b');
  tab.clickBack('#/chats');
  expect([tab.index(), tab.hashes()]).toEqual([1, ['#/settings', '#/chats']]);
});

test('a back link that is opened in another tab or window is left to the browser', () => {
  const tab = openTab('#/chats');
  tab.go('#/chat/a');
  for (const init of [{ ctrlKey: true }, { metaKey: true }, { shiftKey: true }, { button: 1 }]) {
    expect(tab.clickBack('#/chats', init)).toBe(false);
  }
  expect(tab.index()).toBe(1);
});
