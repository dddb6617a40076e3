import type { BrowserContext, CDPSession, Page, Worker } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import type { Message, PushPayload } from '../../chat-core/src/wire/wire.ts';
import { type Person, signUpPairs } from '../../chat-core/test/support/person.ts';
import { newBrowser } from '../../chat-core/test/support/push-service.ts';
import { openBox } from './support/box.ts';
import { DESKTOP, LAN_HOST, storeSession, visit, visitAs } from './support/browser.ts';
import { go, openChat } from './support/page-actions.ts';

const box = openBox();
let ani: Person;
let budi: Person;
beforeAll(async () => {
  const [pair] = await signUpPairs(box.url, 'notified', 1);
  if (!pair) throw new Error('no pair');
  [ani, budi] = pair;
});

async function write(text: string): Promise<Message> {
  const body = { senderId: budi.id, receiverId: ani.id, message: text };
  return (await budi.post('/chat/send', body)).body as Message;
}

/** Opens Ani's page with its service worker and the permissions, and a function that delivers a push to it. */
async function open(permissions: string[] = ['notifications']) {
  const here = await visit(box.browser, box.url, { ...DESKTOP, serviceWorkers: 'allow', permissions });
  const { page, context } = here;
  const cdp = await context.newCDPSession(page);
  const registered = registrationOf(cdp);
  await storeSession(page, ani);
  await page.evaluate(() => navigator.serviceWorker.ready);
  const registrationId = await registered;
  await extendTimeouts(context);
  const { origin } = new URL(box.url);
  const pushText = (data: string) =>
    cdp.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data });
  const push = (notice: PushPayload) => pushText(JSON.stringify(notice));
  return { ...here, push, pushText };
}

function registrationOf(cdp: CDPSession): Promise<string> {
  return new Promise((done) => {
    cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const [first] = registrations;
      if (first) done(first.registrationId);
    });
    void cdp.send('ServiceWorker.enable');
  });
}

async function workerOf(context: BrowserContext): Promise<Worker> {
  return context.serviceWorkers()[0] ?? context.waitForEvent('serviceworker');
}

/** The worker waits one second for an answer of a tab. A slow machine may take longer, so its timers run 20 times as long: two of them in a row still end before a test gives up. */
async function extendTimeouts(context: BrowserContext): Promise<void> {
  await (await workerOf(context)).evaluate(() => {
    const timer = setTimeout.bind(globalThis);
    globalThis.setTimeout = ((run: () => void, ms = 0) => timer(run, ms * 20)) as typeof setTimeout;
  });
}

/** The notifications that the browser shows. */
const shown = (page: Page) =>
  page.evaluate(async () => {
    const all = await (await navigator.serviceWorker.ready).getNotifications();
    return all.map(({ title, body, tag }) => ({ title, body, tag }));
  });

test('pushes of a conversation are shown as one notification, which is cleared when the conversation is read here or elsewhere', async () => {
  const { page, context, push, faults } = await open();
  const { conversationId, seq } = await write('satu');
  await push({ type: 'message', conversationId, count: 1, name: 'Budi' });
  await expect.poll(() => shown(page)).toEqual([{ title: 'Budi', body: 'Pesan baru', tag: conversationId }]);
  await push({ type: 'message', conversationId, count: 2, name: 'Budi', text: 'Halo' });
  await expect.poll(() => shown(page)).toEqual([{ title: 'Budi', body: 'Halo', tag: conversationId }]);
  await ani.post('/chat/read', { conversationId, seq });
  await expect.poll(() => shown(page)).toEqual([]);

  await write('dua');
  await push({ type: 'message', conversationId, count: 1, name: 'Budi' });
  await expect.poll(async () => (await shown(page)).length).toBe(1);
  await openChat(page, budi.username);
  await expect.poll(() => shown(page)).toEqual([]);
  expect(faults).toEqual([]);
  await context.close();
});

test('no notification of the visible conversation stays shown', async () => {
  const { page, context, push } = await open();
  const { conversationId } = await write('kamu lihat');
  await openChat(page, budi.username);
  await page.bringToFront();
  await push({ type: 'message', conversationId, count: 1, name: 'Budi' });
  await push({ type: 'test' });
  await expect.poll(async () => (await shown(page)).map(({ tag }) => tag)).toEqual(['test']);
  await context.close();
});

test('a push of the visible conversation alerts no one, also when the page begins to listen only after it', async () => {
  const { page, context, push } = await open();
  const { conversationId } = await write('kamu lihat juga');
  const worker = await workerOf(context);
  type Recorded = { recorded: { tag: string; isSilent: boolean }[] };
  await worker.evaluate(() => {
    const { registration } = globalThis as unknown as { registration: ServiceWorkerRegistration };
    const show = registration.showNotification.bind(registration);
    const recorded: Recorded['recorded'] = [];
    Object.assign(globalThis, { recorded });
    registration.showNotification = async (title, options) => {
      await show(title, options);
      recorded.push({ tag: options?.tag ?? '', isSilent: options?.silent === true });
    };
  });
  const recorded = () => worker.evaluate(() => (globalThis as unknown as Recorded).recorded);
  await page.addInitScript(() => {
    const add = navigator.serviceWorker.addEventListener.bind(navigator.serviceWorker);
    const held: Parameters<typeof add>[] = [];
    navigator.serviceWorker.addEventListener = (...listener: Parameters<typeof add>) => {
      if (listener[0] === 'message' && !('isListening' in globalThis)) held.push(listener);
      else add(...listener);
    };
    Object.assign(globalThis, {
      listenNow() {
        Object.assign(globalThis, { isListening: true });
        for (const listener of held) add(...listener);
      },
    });
  });
  await page.reload();
  await openChat(page, budi.username);
  await page.bringToFront();
  await push({ type: 'message', conversationId, count: 1, name: 'Budi' });
  await push({ type: 'test' });
  const test = { tag: 'test', isSilent: false };
  await expect.poll(recorded).toEqual([test]);
  await page.evaluate(() => (globalThis as unknown as { listenNow(): void }).listenNow());
  await expect.poll(recorded).toEqual([test, { tag: conversationId, isSilent: true }]);
  await expect.poll(async () => (await shown(page)).map(({ tag }) => tag)).not.toContain(conversationId);
  await context.close();
});

test('pushes that cannot be parsed show one notification without content, until everything is read', async () => {
  const { page, context, pushText } = await open();
  const neutral = { title: 'Bisik', body: 'Ada pesan baru di Bisik', tag: 'unreadable' };
  for (const text of ['x', '', 'null', '{}', '[]', '8030', '{"type":"message","conversationId":""}']) {
    await pushText(text);
    await expect.poll(() => shown(page)).toEqual([neutral]);
    await page.evaluate(async () => {
      for (const one of await (await navigator.serviceWorker.ready).getNotifications()) one.close();
    });
    await expect.poll(() => shown(page)).toEqual([]);
  }
  const { conversationId, seq } = await write('tak terbaca');
  await page.waitForFunction(() => document.title.startsWith('(1) '));
  for (const text of ['x', 'null']) await pushText(text);
  await expect.poll(() => shown(page)).toEqual([neutral]);
  await ani.post('/chat/read', { conversationId, seq });
  await expect.poll(() => shown(page)).toEqual([]);
  await context.close();
});

test('a tap on a notification opens the conversation in the open tab', async () => {
  const { page, context, push } = await open();
  const { conversationId } = await write('ketuk');
  await go(page, 'settings');
  await push({ type: 'message', conversationId, count: 1, name: 'Budi' });
  await expect.poll(async () => (await shown(page)).length).toBe(1);
  const worker = await workerOf(context);
  await worker.evaluate(async () => {
    const scope = self as unknown as { registration: ServiceWorkerRegistration } & EventTarget;
    const [notification] = await scope.registration.getNotifications();
    const { NotificationEvent } = globalThis as unknown as {
      NotificationEvent: new (type: string, init: object) => Event;
    };
    scope.dispatchEvent(new NotificationEvent('notificationclick', { notification }));
  });
  await page.getByRole('heading', { name: budi.username }).waitFor();
  expect(context.pages().length).toBe(1);
  await context.close();
});

test('the app badge and the title count the unread chats', async () => {
  const { page, context } = await visitAs(ani, box.browser, box.url, DESKTOP, (fresh) =>
    fresh.addInitScript(() => {
      const badges: number[] = [];
      Object.assign(window, { badges });
      navigator.setAppBadge = async (count = -1) => void badges.push(count);
      navigator.clearAppBadge = async () => void badges.push(0);
    }),
  );
  await openChat(page, budi.username);
  await go(page, 'settings');
  const { conversationId, seq } = await write('hitung');
  await page.waitForFunction(() => document.title.startsWith('(1) '));
  await ani.post('/chat/read', { conversationId, seq });
  await page.waitForFunction(() => !document.title.startsWith('('));
  const badges = await page.evaluate(() => (window as unknown as { badges: number[] }).badges);
  expect(badges.slice(-2)).toEqual([1, 0]);
  await context.close();
});

test('notifications are turned on, configured, tested and turned off in the settings, and the box stores each choice', async () => {
  const { page, context, faults } = await open();
  const { subscription } = newBrowser('page');
  // This Chromium has no push service: the test replaces its answers.
  await page.evaluate((created) => {
    const state: { now: PushSubscription | null } = { now: null };
    PushManager.prototype.getSubscription = async () => state.now;
    PushManager.prototype.subscribe = async (options) => {
      const key = options?.applicationServerKey as Uint8Array<ArrayBuffer>;
      state.now = {
        options: { applicationServerKey: key.buffer, userVisibleOnly: true },
        toJSON: () => created,
        async unsubscribe() {
          state.now = null;
          return true;
        },
      } as unknown as PushSubscription;
      return state.now;
    };
  }, subscription);
  await go(page, 'notifications');
  await page.getByRole('button', { name: 'Aktifkan notifikasi' }).click();
  await page.getByText('Perangkat ini diberi tahu saat ada pesan').waitFor();
  expect(await page.getByLabel('Nama saja').isChecked()).toBe(true);
  const chosen = page.waitForRequest(/push\/subscribe/);
  await page.getByLabel('Hanya “Pesan baru”').check();
  expect((await chosen).postDataJSON()).toEqual({ ...subscription, preview: 'none' });

  // No push service listens at its endpoint: the box reports that, and the page says it.
  await page.getByRole('button', { name: 'Kirim uji' }).click();
  await page.getByText('Kotak tidak bisa menjangkau layanan notifikasi').waitFor();
  await page.getByRole('button', { name: 'Matikan notifikasi' }).click();
  await page.getByText('Perangkat ini tidak diberi tahu').waitFor();
  expect(faults.filter((fault) => !fault.includes('503'))).toEqual([]);
  await context.close();
});

test('the notification settings say what this browser cannot do', async () => {
  const { page, context } = await open();
  await go(page, 'notifications');
  await page.getByRole('button', { name: 'Aktifkan notifikasi' }).click();
  await page.getByText('Browser ini tidak bisa tersambung ke layanan notifikasinya').waitFor();
  await context.close();

  const lan = await visitAs(ani, box.browser, box.url.replace('127.0.0.1', LAN_HOST), DESKTOP);
  await go(lan.page, 'notifications');
  await lan.page.getByText('Lewat http biasa, browser tidak mengizinkan notifikasi').waitFor();
  expect(await lan.page.getByRole('button', { name: 'Aktifkan notifikasi' }).isVisible()).toBe(false);
  expect(lan.faults).toEqual([]);
  await lan.context.close();
});

test('notifications are offered after the first received message, and not again after “Nanti” (later)', async () => {
  const { page, context } = await open();
  await write('tawaran');
  await page.getByText('Mau diberi tahu saat ada pesan').waitFor();
  await page.getByRole('button', { name: 'Nanti' }).click();
  await page.getByText('Mau diberi tahu saat ada pesan').waitFor({ state: 'hidden' });
  await page.reload();
  await page
    .getByRole('navigation', { name: 'Daftar chat' })
    .getByRole('link', { name: budi.username })
    .waitFor();
  expect(await page.getByText('Mau diberi tahu saat ada pesan').isVisible()).toBe(false);
  await context.close();
});
