import { beforeAll, expect, test } from 'vitest';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { DESKTOP, PHONE, storeSession, visit, visitAs } from './support/browser.ts';
import { misfits } from './support/misfits.ts';
import { go, row, waitForSent } from './support/page-actions.ts';

const box = openBox();
let sari: Person;
let chatId: string;
let friendId: string;
let code: string;

const longName = 'nama.yang.sangat.panjang-sekali0';
const longWord = 'x'.repeat(400);

beforeAll(async () => {
  sari = await signUp(box.url, 'sari');
  const friend = await signUp(box.url, longName);
  friendId = friend.id;
  await sari.post('/friends/add', { myId: sari.id, friendUsername: longName });
  const send = { senderId: friend.id, receiverId: sari.id, message: longWord };
  const { body } = await friend.post('/chat/send', send);
  chatId = (body as { conversationId: string }).conversationId;
  code = ((await sari.post('/invites', {})).body as { code: string }).code;
});

const outside = () => [`invite/${code}`, 'login', 'register', 'reset'];
const inside = () => [
  'chats',
  `chat/${chatId}`,
  `contact/${friendId}`,
  'add-friend',
  'requests',
  'invites',
  'profile',
  'privacy',
  'blocked',
  'password',
  'security',
  'settings',
  'notifications',
];

test('every screen fits a phone of 320 pixels and has targets of 44 pixels', async () => {
  const { page, faults } = await visit(box.browser, box.url, PHONE);
  for (const route of outside()) {
    await go(page, route);
    expect([route, ...(await misfits(page))]).toEqual([route]);
  }
  await storeSession(page, sari);
  await page.getByRole('link', { name: longName }).waitFor();
  for (const route of inside()) {
    await go(page, route);
    if (route === 'settings') await page.getByText('perangkat ini').waitFor();
    expect([route, ...(await misfits(page))]).toEqual([route]);
  }
  await go(page, `chat/${chatId}`);
  await row(page, longWord).waitFor();
  expect(await misfits(page)).toEqual([]);
  expect(faults).toEqual([]);
});

test('on a phone one pane shows at a time, Enter makes a new line, and the button sends', async () => {
  const { page } = await visitAs(sari, box.browser, box.url, PHONE);
  await page.getByRole('link', { name: longName }).click();
  await page.getByLabel('Tulis pesan').waitFor();
  expect(await page.getByRole('navigation').isVisible()).toBe(false);
  await page.getByLabel('Tulis pesan').pressSequentially('baris satu\nbaris dua');
  await page.getByRole('button', { name: 'Kirim' }).tap();
  await waitForSent(page, 'baris satu\nbaris dua');
  await page.getByRole('link', { name: 'Kembali' }).tap();
  await page.getByRole('navigation').waitFor();
  expect(await page.getByLabel('Tulis pesan').isVisible()).toBe(false);
});

test('an on-screen keyboard over the page leaves the composer visible, and zooming moves nothing', async () => {
  type Faked = EventTarget & { height: number; offsetTop: number; scale: number };
  // As in Safari: the visual viewport shrinks and scrolls, the layout viewport stays.
  const { page } = await visitAs(sari, box.browser, box.url, PHONE, (fresh) =>
    fresh.addInitScript(() => {
      const faked = Object.assign(new EventTarget(), { height: innerHeight, offsetTop: 0, scale: 1 });
      Object.defineProperty(window, 'visualViewport', { value: faked });
    }),
  );
  await go(page, `chat/${chatId}`);
  await page.getByLabel('Tulis pesan').waitFor();
  const setViewport = (viewport: { height: number; offsetTop: number; scale: number }) =>
    page.evaluate((now) => {
      const faked = window.visualViewport as unknown as Faked;
      Object.assign(faked, now).dispatchEvent(new Event('resize'));
      const edges = (selector: string) => document.querySelector(selector)?.getBoundingClientRect();
      return [edges('.conversation .bar')?.top, edges('.composer')?.bottom];
    }, viewport);
  // The module for touch input is loaded after the page.
  await expect.poll(() => setViewport({ height: 300, offsetTop: 90, scale: 1 })).toEqual([90, 390]);
  expect(await setViewport({ height: 320, offsetTop: 0, scale: 2 })).toEqual([0, 640]);
  expect(await setViewport({ height: 640, offsetTop: 0, scale: 1 })).toEqual([0, 640]);
});

test('the language can be switched, is remembered, and is set in the lang attribute', async () => {
  const { page } = await visit(box.browser, box.url, { ...DESKTOP, locale: 'en-GB' });
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
  expect(await page.locator('html').getAttribute('lang')).toBe('en');
  await page.getByRole('button', { name: 'Bahasa Indonesia' }).click();
  await page.getByText('Belum punya akun?').waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'Masuk', exact: true }).waitFor();
  expect(await page.locator('html').getAttribute('lang')).toBe('id');
  await storeSession(page, sari);
  await go(page, 'settings');
  await page.getByLabel('English').check();
  await page.getByRole('heading', { name: 'Account & settings' }).waitFor();
});

test('with reduced motion nothing is animated, and with forced colours the selected, focused and unread elements stay visible', async () => {
  const { page } = await visitAs(sari, box.browser, box.url, {
    ...DESKTOP,
    reducedMotion: 'reduce',
    forcedColors: 'active',
  });
  await page.getByRole('link', { name: longName }).click();
  await row(page, longWord).waitFor();
  await row(page, longWord).getByRole('button', { name: 'Pilihan pesan' }).click();
  await page.getByRole('menu').waitFor();
  const moving = await page.evaluate(() =>
    [...document.querySelectorAll('*')]
      .map((node) => [node.className, getComputedStyle(node)] as const)
      .filter(
        ([, { animationName, transitionDuration }]) =>
          animationName !== 'none' || transitionDuration !== '0s',
      )
      .map(([name]) => String(name))
      .filter((name) => name !== 'timeline-loading'),
  );
  expect(moving).toEqual([]);
  await page.keyboard.press('Escape');
  const styleOf = (selector: string) =>
    page
      .locator(selector)
      .first()
      .evaluate((node) => {
        const { outlineStyle, borderTopStyle, forcedColorAdjust } = getComputedStyle(node);
        return { outlineStyle, borderTopStyle, forcedColorAdjust };
      });
  expect(await styleOf('.chat-link[aria-current]')).toMatchObject({ outlineStyle: 'solid' });
  expect(await styleOf('.bubble')).toMatchObject({ borderTopStyle: 'solid' });
  expect(await styleOf('.chat-badge')).toMatchObject({ forcedColorAdjust: 'none' });
  await page.getByLabel('Tulis pesan').focus();
  expect(await styleOf('.composer-row')).toMatchObject({ outlineStyle: 'solid' });
});

test('the theme follows the light and dark mode of the system while the page is open', async () => {
  const { page } = await visit(box.browser, box.url, { ...DESKTOP, colorScheme: 'light' });
  const lightness = () =>
    page.evaluate(() => {
      const [r = 0, g = 0, b = 0] =
        getComputedStyle(document.body).backgroundColor.match(/\d+/g)?.map(Number) ?? [];
      return (r + g + b) / 3;
    });
  expect(await lightness()).toBeGreaterThan(200);
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect.poll(lightness).toBeLessThan(60);
});
