import { expect, test, vi } from 'vitest';
import type { PushPayload } from '../../../chat-core/src/wire/wire.ts';
import { createNotices } from './notices.ts';
import type { Scope, Tab } from './scope.ts';
import type { Note } from './tabs.ts';

type Fake = { focused?: boolean; visible?: boolean; shows?: string; asleep?: boolean };

/** A worker's world with tabs, and what came of it. */
function world(fakes: Fake[] = [], language = 'en') {
  const shown: { title: string; options: NotificationOptions }[] = [];
  const opened: string[] = [];
  const told: { tab: number; note: Note }[] = [];
  const focused: number[] = [];
  const closed: string[] = [];
  const tabs = fakes.map(({ focused: isFocused = false, visible = false, shows, asleep }, at): Tab => {
    const tab: Tab = {
      focused: isFocused,
      visibilityState: visible ? 'visible' : 'hidden',
      postMessage(note, ports) {
        if ((note as Note).type !== 'where') told.push({ tab: at, note: note as Note });
        else if (!asleep) ports?.[0]?.postMessage(shows ? { conversationId: shows } : {});
      },
      async focus() {
        focused.push(at);
        return tab;
      },
    };
    return tab;
  });
  const scope = {
    registration: {
      async showNotification(title: string, options: NotificationOptions & { renotify?: boolean }) {
        // As browsers have it.
        if (options.renotify && !options.tag) throw new TypeError('renotify needs a tag');
        if (options.renotify && options.silent) throw new TypeError('silent cannot be heard');
        shown.push({ title, options });
      },
      getNotifications: async ({ tag }: { tag: string }) =>
        shown
          .filter(({ options }) => options.tag === tag)
          .map(() => ({ close: () => void closed.push(tag) })),
    },
    clients: {
      matchAll: async () => tabs,
      openWindow: async (address: string) => opened.push(address),
    },
  } as unknown as Scope;
  const notices = createNotices(scope, async () => language);
  const push = (notice: unknown) => notices.push(() => notice);
  const click = async (conversationId?: string) => {
    let isClosed = false;
    const data = conversationId ? { conversationId } : null;
    await notices.click({ data, close: () => (isClosed = true) } as unknown as Notification);
    expect(isClosed).toBe(true);
  };
  return { scope, shown, closed, opened, told, focused, push, click, notices };
}
const message = (more: Partial<PushPayload> = {}) => ({
  type: 'message',
  conversationId: 'c1',
  count: 1,
  ...more,
});

test('shows as much as was sent, under one tag for each conversation, and makes itself heard each time', async () => {
  const { shown, push } = world();
  await push(message());
  await push(message({ name: 'Sari', count: 3 }));
  await push(message({ name: 'Sari', text: 'Sampai besok', count: 4 }));
  expect(shown.map(({ title, options }) => [title, options.body, options.tag])).toEqual([
    ['Bisik', 'New message', 'c1'],
    ['Sari', '3 new messages', 'c1'],
    ['Sari', 'Sampai besok', 'c1'],
  ]);
  for (const { options } of shown) {
    expect(options).toMatchObject({ renotify: true, data: { conversationId: 'c1' } });
  }
});

test('speaks the language of the page', async () => {
  const { shown, push } = world([], 'id');
  await push(message({ count: 2 }));
  await push({ type: 'test' });
  expect(shown.map(({ options }) => options.body)).toEqual([
    '2 pesan baru',
    'Notifikasi di perangkat ini berfungsi.',
  ]);
});

test('a push for the conversation in view is shown silently and closed at once, and no other is', async () => {
  const looking = world([{}, { focused: true, visible: true, shows: 'c1' }]);
  await looking.push(message());
  expect(looking.shown.map(({ options }) => [options.tag, options.silent])).toEqual([['c1', true]]);
  expect(looking.closed).toEqual(['c1']);
  await looking.push(message({ conversationId: 'c2' }));
  expect([looking.shown.length, looking.closed]).toEqual([2, ['c1']]);
  const behind = world([{ visible: true, shows: 'c1' }]);
  await behind.push(message());
  expect([behind.shown.length, behind.closed]).toEqual([1, []]);
});

test('a tab that sleeps keeps nobody from being told', async () => {
  const { shown, push } = world([{ focused: true, asleep: true, shows: 'c1' }]);
  await push(message());
  expect(shown.length).toBe(1);
});

const neutral = [['Bisik', 'New messages in Bisik', 'unreadable', true]];
const seen = (shown: { title: string; options: NotificationOptions & { renotify?: boolean } }[]) =>
  shown.map(({ title, options }) => [title, options.body, options.tag, options.renotify]);

test.each<[unknown]>([
  [undefined],
  [null],
  [{}],
  [[]],
  [[message()]],
  [0],
  [8030],
  [true],
  ['text'],
  [{ type: 'message' }],
  [{ type: 'call', conversationId: 'c1', count: 1 }],
  [{ ...message(), conversationId: '' }],
  [{ ...message(), conversationId: 7 }],
  [{ ...message(), count: '3' }],
  [{ ...message(), count: null }],
  [{ ...message(), name: { first: 'Sari' } }],
  [{ ...message(), text: ['Halo'] }],
])('a push that cannot be read (%j) shows one neutral notification', async (notice) => {
  const { shown, push } = world();
  await push(notice);
  expect(seen(shown)).toEqual(neutral);
});

test.each(['x', '', '{'])(
  'a push whose bytes are no JSON (%j) shows one neutral notification',
  async (text) => {
    const { shown, notices } = world();
    await notices.push(() => JSON.parse(text));
    expect(seen(shown)).toEqual(neutral);
  },
);

test('whatever fails while a message is shown, a notification is', async () => {
  const kept = world();
  const broken = createNotices(kept.scope, () => {
    throw new ReferenceError('caches is not defined');
  });
  await broken.push(message);
  expect(kept.shown.map(({ options }) => options.body)).toEqual(['Pesan baru']);

  const { scope, shown, notices } = world();
  scope.clients.matchAll = () => Promise.reject(new Error('no tabs'));
  await notices.push(message);
  expect(shown.map(({ options }) => options.tag)).toEqual(['c1']);
  const { registration } = scope;
  const show = registration.showNotification;
  registration.showNotification = async (title, options) => {
    if (options?.tag === 'c1') throw new TypeError('refused');
    await show(title, options);
  };
  await notices.push(message);
  expect(seen(shown.slice(1))).toEqual(neutral);
});

test('a store of the browser that never answers keeps no notification back', async () => {
  vi.useFakeTimers();
  try {
    const { scope, shown } = world();
    const pushed = createNotices(scope, () => new Promise(() => undefined)).push(message);
    await vi.advanceTimersByTimeAsync(1_000);
    await pushed;
    expect(shown.map(({ options }) => options.body)).toEqual(['Pesan baru']);
  } finally {
    vi.useRealTimers();
  }
});

test('a tap leads to the tab that shows the conversation, before one that is seen, before any', async () => {
  const all = world([{}, { visible: true }, { shows: 'c1' }]);
  await all.click('c1');
  await all.click('c2');
  const hidden = world([{}, {}]);
  await hidden.click('c1');
  expect([all.focused, hidden.focused]).toEqual([[2, 1], [0]]);
  expect(all.told).toEqual([
    { tab: 2, note: { type: 'open', conversationId: 'c1' } },
    { tab: 1, note: { type: 'open', conversationId: 'c2' } },
  ]);
  expect([...all.opened, ...hidden.opened]).toEqual([]);
});

test('without any tab a new one opens there', async () => {
  const { opened, click } = world();
  await click('c1');
  await click();
  expect(opened).toEqual(['/#/chat/c1', '/']);
});
