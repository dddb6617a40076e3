import { expect, test, vi } from 'vitest';
import type { PushFile, PushPayload } from '../../../chat-core/src/wire/wire.ts';
import { createPushHandler } from './push-handler.ts';
import type { Scope, Tab } from './scope.ts';
import type { WorkerMessage } from './tabs.ts';

type Fake = {
  focused?: boolean;
  visible?: boolean;
  shows?: string;
  isSuspended?: boolean;
  /** How many questions it misses before it listens. */
  misses?: number;
};

/** A worker with these tabs, and what it did. */
function openWorker(fakes: Fake[] = [], language = 'en') {
  const shown: { title: string; options: NotificationOptions }[] = [];
  const opened: string[] = [];
  const posted: { tab: number; message: WorkerMessage }[] = [];
  const focused: number[] = [];
  const closed: string[] = [];
  const tabs = fakes.map(
    ({ focused: isFocused = false, visible = false, shows, isSuspended, misses = 0 }, index): Tab => {
      let asked = 0;
      const tab: Tab = {
        focused: isFocused,
        visibilityState: visible ? 'visible' : 'hidden',
        postMessage(message, ports) {
          if ((message as WorkerMessage).type !== 'where')
            posted.push({ tab: index, message: message as WorkerMessage });
          else if (!isSuspended && asked++ >= misses)
            ports?.[0]?.postMessage(shows ? { conversationId: shows } : {});
        },
        async focus() {
          focused.push(index);
          return tab;
        },
      };
      return tab;
    },
  );
  const scope = {
    registration: {
      async showNotification(title: string, options: NotificationOptions & { renotify?: boolean }) {
        // The same checks as in a browser.
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
  const handler = createPushHandler(scope, async () => language);
  const push = (payload: unknown) => handler.push(() => payload);
  const click = async (conversationId?: string) => {
    let isClosed = false;
    const data = conversationId ? { conversationId } : null;
    await handler.click({ data, close: () => (isClosed = true) } as unknown as Notification);
    expect(isClosed).toBe(true);
  };
  return { scope, shown, closed, opened, posted, focused, push, click, handler };
}
const message = (more: Partial<PushPayload> = {}) => ({
  type: 'message',
  conversationId: 'c1',
  count: 1,
  ...more,
});

test('a notification shows what the push contains, has the tag of its conversation and alerts each time', async () => {
  const { shown, push } = openWorker();
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

test('a notification is in the language of the page', async () => {
  const { shown, push } = openWorker([], 'id');
  await push(message({ count: 2 }));
  await push({ type: 'test' });
  expect(shown.map(({ options }) => options.body)).toEqual([
    '2 pesan baru',
    'Notifikasi di perangkat ini berfungsi.',
  ]);
});

test('an alert of the box is in the language of the page and has a notification of its own', async () => {
  const text = { id: 'Disk hampir penuh.', en: 'The disk is nearly full.' };
  for (const language of ['id', 'en'] as const) {
    const { shown, push } = openWorker([{ focused: true, visible: true, shows: 'c1' }], language);
    await push({ type: 'alert', code: 'disk', text });
    await push({ type: 'alert', code: 'disk', text: { id: 'x' } });
    await push({ type: 'alert', code: 7, text });
    await push({ type: 'alert', code: 'disk' });
    expect(shown.map(({ options }) => [options.tag, options.body])).toEqual([
      ['alert-disk', text[language]],
      ...Array(3).fill(['unreadable', expect.any(String)]),
    ]);
  }
});

test.each<[PushFile, string | undefined, string, string]>([
  [{ kind: 'photo', count: 1 }, undefined, '📷 Foto', '📷 Photo'],
  [{ kind: 'photo', count: 3 }, 'Pantai', '📷 3 foto · Pantai', '📷 3 photos · Pantai'],
  [{ kind: 'video', count: 1 }, undefined, '🎬 Video', '🎬 Video'],
  [{ kind: 'voice', count: 1, seconds: 72 }, undefined, '🎙 1:12', '🎙 1:12'],
  [{ kind: 'voice', count: 1 }, undefined, '🎙 0:00', '🎙 0:00'],
  [{ kind: 'audio', count: 1, name: 'a.mp3' }, undefined, '🎵 a.mp3', '🎵 a.mp3'],
  [{ kind: 'file', count: 1, name: 'Jadwal.pdf' }, undefined, '📎 Jadwal.pdf', '📎 Jadwal.pdf'],
  [{ kind: 'file', count: 2 }, undefined, '📎 Berkas', '📎 File'],
  [{ kind: 'hologram' as 'file', count: 1 }, undefined, '📎 Berkas', '📎 File'],
])('a notification names a file by its kind: %j', async (file, text, indonesian, english) => {
  const more = { name: 'Sari', file, ...(text && { text }) };
  for (const [language, body] of [
    ['id', indonesian],
    ['en', english],
  ] as const) {
    const { shown, push } = openWorker([], language);
    await push(message(more));
    await push(message({ ...more, group: 'Keluarga', count: 5 }));
    expect(shown.map(({ options }) => options.body)).toEqual([body, `Sari: ${body}`]);
  }
});

test('a push for the conversation in view is shown silently and closed at once, and no other is', async () => {
  const inView = openWorker([{}, { focused: true, visible: true, shows: 'c1' }]);
  await inView.push(message());
  expect(inView.shown.map(({ options }) => [options.tag, options.silent])).toEqual([['c1', true]]);
  expect(inView.closed).toEqual(['c1']);
  await inView.push(message({ conversationId: 'c2' }));
  expect([inView.shown.length, inView.closed]).toEqual([2, ['c1']]);
  const behind = openWorker([{ visible: true, shows: 'c1' }]);
  await behind.push(message());
  expect([behind.shown.length, behind.closed]).toEqual([1, []]);
});

test('a tab that is still loading is asked again, and its conversation counts as in view', async () => {
  const loading = openWorker([{ focused: true, visible: true, shows: 'c1', misses: 2 }]);
  await loading.push(message());
  expect([loading.shown.length, loading.closed]).toEqual([1, ['c1']]);
});

test('a suspended tab does not prevent the notification', async () => {
  const { shown, push } = openWorker([{ focused: true, isSuspended: true, shows: 'c1' }]);
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
  [message({ file: 'x' as never })],
  [message({ file: { kind: 'file', count: 1, name: 7 as never } })],
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
])('a push that cannot be read (%j) shows one neutral notification', async (payload) => {
  const { shown, push } = openWorker();
  await push(payload);
  expect(seen(shown)).toEqual(neutral);
});

test.each(['x', '', '{'])(
  'a push whose bytes are not JSON (%j) shows one neutral notification',
  async (text) => {
    const { shown, handler } = openWorker();
    await handler.push(() => JSON.parse(text));
    expect(seen(shown)).toEqual(neutral);
  },
);

test('a notification is shown whatever fails while it is built', async () => {
  const broken = openWorker();
  const handlerOfBroken = createPushHandler(broken.scope, () => {
    throw new ReferenceError('caches is not defined');
  });
  await handlerOfBroken.push(message);
  expect(broken.shown.map(({ options }) => options.body)).toEqual(['Pesan baru']);

  const { scope, shown, handler } = openWorker();
  scope.clients.matchAll = () => Promise.reject(new Error('no tabs'));
  await handler.push(message);
  expect(shown.map(({ options }) => options.tag)).toEqual(['c1']);
  const { registration } = scope;
  const show = registration.showNotification;
  registration.showNotification = async (title, options) => {
    if (options?.tag === 'c1') throw new TypeError('refused');
    await show(title, options);
  };
  await handler.push(message);
  expect(seen(shown.slice(1))).toEqual(neutral);
});

test('a cache that never answers delays a notification by a second at most', async () => {
  vi.useFakeTimers();
  try {
    const { scope, shown } = openWorker();
    const pushed = createPushHandler(scope, () => new Promise(() => undefined)).push(message);
    await vi.advanceTimersByTimeAsync(1_000);
    await pushed;
    expect(shown.map(({ options }) => options.body)).toEqual(['Pesan baru']);
  } finally {
    vi.useRealTimers();
  }
});

test('a tap opens the tab that shows the conversation, else a visible one, else any', async () => {
  const all = openWorker([{}, { visible: true }, { shows: 'c1' }]);
  await all.click('c1');
  await all.click('c2');
  const hidden = openWorker([{}, {}]);
  await hidden.click('c1');
  expect([all.focused, hidden.focused]).toEqual([[2, 1], [0]]);
  expect(all.posted).toEqual([
    { tab: 2, message: { type: 'open', conversationId: 'c1' } },
    { tab: 1, message: { type: 'open', conversationId: 'c2' } },
  ]);
  expect([...all.opened, ...hidden.opened]).toEqual([]);
});

test('a tap opens a new tab at the conversation when there is none', async () => {
  const { opened, click } = openWorker();
  await click('c1');
  await click();
  expect(opened).toEqual(['/#/chat/c1', '/']);
});

test('a notification of a group is titled by the group and names who wrote the newest message', async () => {
  const { shown, push } = openWorker();
  await push(message({ group: 'Keluarga', name: 'Sari', text: 'Sampai besok', count: 4 }));
  await push(message({ group: 'Keluarga', name: 'Sari' }));
  await push(message({ group: 'Keluarga', name: 'Sari', count: 3 }));
  await push(message({ group: 7 } as never));
  expect(shown.map(({ title, options }) => [title, options.body])).toEqual([
    ['Keluarga', 'Sari: Sampai besok'],
    ['Keluarga', 'Sari: New message'],
    ['Keluarga', '3 new messages'],
    ['Bisik', 'New messages in Bisik'],
  ]);
});
