import type { Page } from 'playwright-core';
import type { Fixtures } from './fixtures.ts';

/** A screen in one of its states: where it is, what makes the state, and what is waited for. Works in every language of the page. */
export type Scene = {
  name: string;
  route: (fixtures: Fixtures) => string;
  make?: (page: Page) => Promise<void>;
  see?: (page: Page) => Promise<void>;
};

const plain = (name: string): Scene => ({ name, route: () => name });
const chat = ({ chatId }: Fixtures) => `chat/${chatId}`;
const seeBubbles = (page: Page) => page.locator('.bubble-text').last().waitFor();
const inChat = (name: string, make: (page: Page) => Promise<void>): Scene => ({
  name: `chat-${name}`,
  route: chat,
  make: async (page) => {
    await seeBubbles(page);
    await make(page);
  },
});
/** Opens the menu of the newest message of one's own and chooses the nth line. */
async function menu(page: Page, line?: number): Promise<void> {
  await page.locator('.bubble-own .bubble-more, .row-own .bubble-more').last().click();
  await page.getByRole('menu').waitFor();
  if (line !== undefined) await page.getByRole('menuitem').nth(line).click();
}
const submit = (page: Page) => page.locator('button[type=submit]').first().click();

/** For those who are not signed in. */
export const OUTSIDE: Scene[] = [
  plain('login'),
  {
    name: 'login-wrong',
    route: () => 'login',
    async make(page) {
      await page.locator('input[name=username]').fill('sari');
      await page.locator('input[name=password]').fill('bukan-password-ini');
      await submit(page);
      await page.locator('.form-error:not(:empty)').waitFor();
    },
  },
  plain('register'),
  { name: 'register-wrong', route: () => 'register', make: submit },
  plain('reset'),
  { name: 'invite-outside', route: ({ code }) => `invite/${code}` },
];

/** For a member with chats. */
export const INSIDE: Scene[] = [
  plain('chats'),
  {
    name: 'chats-no-match',
    route: () => 'chats',
    make: (page) => page.locator('.chats-search').fill('tidak ada'),
  },
  { name: 'chat-open', route: chat, see: seeBubbles },
  inChat('draft', (page) => page.locator('.composer textarea').fill('Baris satu\nbaris dua\nbaris tiga')),
  inChat('menu', (page) => menu(page)),
  inChat('reply', (page) => menu(page, 0)),
  inChat('edit', (page) => menu(page, 2)),
  inChat('delete', (page) => menu(page, 3)),
  { name: 'contact', route: ({ budi }) => `contact/${budi.id}` },
  {
    name: 'contact-report',
    route: ({ budi }) => `contact/${budi.id}`,
    make: (page) => page.locator('.card-actions .action:visible').last().click(),
  },
  {
    name: 'contact-mute',
    route: ({ budi }) => `contact/${budi.id}`,
    make: (page) => page.locator('.card-actions .action:visible').nth(1).click(),
  },
  { name: 'contact-unknown', route: () => 'contact/00000000-0000-4000-8000-000000000000' },
  {
    name: 'chat-unknown',
    route: () => 'chat/00000000-0000-4000-8000-000000000000',
    // Nobody knows that it is not there before the box has answered, however much is kept.
    see: (page) => page.locator('.conversation .empty-title').waitFor(),
  },
  plain('add-friend'),
  {
    name: 'add-friend-wrong',
    route: () => 'add-friend',
    async make(page) {
      await page.locator('input[name=friend]').fill('tidak.ada');
      await submit(page);
      await page.locator('.field-error:not(:empty)').waitFor();
    },
  },
  { name: 'add-by-link', route: () => 'add/wati' },
  plain('requests'),
  plain('invites'),
  {
    name: 'invites-made',
    route: () => 'invites',
    async make(page) {
      await page.locator('.panel .button-main').click();
      await page.locator('.invite-link').waitFor();
    },
  },
  {
    name: 'invites-failed',
    route: () => 'invites',
    async make(page) {
      const answer = { status: 507, json: { error: '', code: 'DISK_FULL' } };
      await page.route('**/api/invites', (route) => route.fulfill(answer));
      await page.reload();
      await page.locator('.panel .button-main').click();
      await page.locator('.list-empty .code, .toast .code').nth(1).waitFor();
      await page.unroute('**/api/invites');
    },
  },
  { name: 'invite-inside', route: ({ code }) => `invite/${code}` },
  plain('profile'),
  plain('privacy'),
  plain('blocked'),
  plain('password'),
  plain('notifications'),
  plain('data'),
  plain('appearance'),
  {
    name: 'appearance-rose',
    route: () => 'appearance',
    make: async (page) => {
      await page.locator('input[value=rose]').check();
      // What is chosen stays for what comes after: it is taken back where it is kept, and not shown.
      await page.evaluate(() => localStorage.removeItem('bisik.accent'));
    },
  },
  {
    name: 'settings',
    route: () => 'settings',
    see: (page) => page.locator('.device').first().waitFor(),
  },
  {
    name: 'settings-keys',
    route: () => 'settings',
    make: async (page) => {
      await page.locator('button.action').first().click();
      await page.locator('.keys-body').waitFor();
    },
  },
  {
    name: 'settings-logout',
    route: () => 'settings',
    make: (page) => page.locator('.action-danger').last().click(),
  },
];

/** For somebody who has just come. */
export const EMPTY: Scene[] = [
  { ...plain('chats'), name: 'empty-chats' },
  { ...plain('requests'), name: 'empty-requests' },
  { ...plain('blocked'), name: 'empty-blocked' },
];
