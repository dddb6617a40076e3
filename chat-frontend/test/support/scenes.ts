import type { Page } from 'playwright-core';
import type { BoxStatus } from '../../../chat-core/src/wire/wire.ts';
import { PASSWORD } from '../../../chat-core/test/support/person.ts';
import type { Fixtures } from './fixtures.ts';
import { MESSAGE_SCENES } from './message-scenes.ts';
import { answerOwner, badBox, goodBox } from './owner-answers.ts';

/** A screen in one state: its route, what to wait for, and the actions that lead to the state. Works in every language of the page. */
export type Scene = {
  name: string;
  route: (fixtures: Fixtures) => string;
  act?: (page: Page) => Promise<void>;
  ready?: (page: Page) => Promise<void>;
  /** Its actions leave more behind than a dialog, a menu or a draft. */
  needsReload?: true;
};

const plain = (name: string): Scene => ({ name, route: () => name });
const group =
  (page = '') =>
  ({ groupId }: Fixtures) =>
    `group-info/${groupId}${page}`;
const chat = ({ chatId }: Fixtures) => `chat/${chatId}`;
const inGroup = ({ groupId }: Fixtures) => `chat/${groupId}`;
const media =
  (page = '') =>
  ({ filesId }: Fixtures) =>
    `media/${filesId}${page}`;
const waitForPictures = (page: Page) => page.locator('.tile-picture:visible').nth(4).waitFor();
const waitForBubbles = (page: Page) => page.locator('.bubble-text').last().waitFor();
const inChat = (name: string, act: (page: Page) => Promise<void>): Scene => ({
  name: `chat-${name}`,
  route: chat,
  act: async (page) => {
    await waitForBubbles(page);
    await act(page);
  },
});
/** Opens the menu of the newest own message and chooses the item with an icon, if given; on a phone its button is not visible. */
async function menu(page: Page, icon?: string): Promise<void> {
  await page.locator('.row-own .bubble-more').last().press('Enter');
  await page.getByRole('menu').waitFor();
  if (icon) await page.locator(`.menu-item:has(.icon-${icon})`).click();
}
const submit = (page: Page) => page.locator('button[type=submit]').first().click();

const waitForSecurity = (page: Page) => page.locator('.security h2:visible').first().waitFor();

/** Goes as far as the key for an authenticator app, of which nothing is stored. */
async function setUpTotp(page: Page): Promise<void> {
  await waitForSecurity(page);
  await page.locator('.security .button:visible').first().click();
  const dialog = page.getByRole('dialog');
  await dialog.locator('input[name=password]').fill(PASSWORD);
  await dialog.locator('button[type=submit]').click();
  await page.locator('.security .qr').waitFor();
}

const ownerPerson = ({ budi }: Fixtures) => `owner/people/${budi.id}`;
const waitForPerson = (page: Page) => page.locator('.owner .contact:visible').waitFor();

/** A page of the owner whose state an answer in place of the server's decides. */
function ownerState(name: string, route: string, path: string, json: () => unknown, level: string): Scene {
  return {
    name,
    needsReload: true,
    route: () => route,
    async act(page) {
      await answerOwner(page, path, json());
      await page.reload();
      await page.locator(`.box-state[data-level=${level}]`).waitFor();
      await page.unroute(`**/api/owner/${path}`);
    },
  };
}

function ownerHome(name: string, box: () => BoxStatus, level: string): Scene {
  return ownerState(name, 'owner', 'box', box, level);
}

function ownerBackups(name: string, backup: BoxStatus['backup'], level: string): Scene {
  return ownerState(name, 'owner/backups', 'backups', () => backup, level);
}

/** Screens of a person who is not logged in. */
export const OUTSIDE: Scene[] = [
  plain('login'),
  {
    name: 'login-wrong',
    route: () => 'login',
    async act(page) {
      await page.locator('input[name=username]').fill('sari');
      await page.locator('input[name=password]').fill('bukan-password-ini');
      await submit(page);
      await page.locator('.form-error:not(:empty)').waitFor();
    },
  },
  {
    name: 'login-second-step',
    needsReload: true,
    route: () => 'login',
    async act(page) {
      const json = { error: '', code: 'SECOND_FACTOR_REQUIRED', factors: ['totp', 'recoveryCode'] };
      await page.route('**/api/auth/login', (route) => route.fulfill({ status: 401, json }));
      await page.locator('input[name=username]').fill('sari');
      await page.locator('input[name=password]').fill(PASSWORD);
      await submit(page);
      await page.locator('input[name=code]').waitFor();
      await page.unroute('**/api/auth/login');
    },
  },
  plain('register'),
  { name: 'register-wrong', route: () => 'register', act: submit },
  plain('reset'),
  { name: 'invite-outside', route: ({ code }) => `invite/${code}` },
  { name: 'group-join-outside', route: ({ groupCode }) => `group/${groupCode}` },
];

/** Screens of a person with chats. */
export const INSIDE: Scene[] = [
  plain('chats'),
  {
    name: 'chats-no-match',
    needsReload: true,
    route: () => 'chats',
    act: (page) => page.locator('.chats-search').fill('tidak ada'),
  },
  { name: 'chat-open', route: chat, ready: waitForBubbles },
  { name: 'group-open', route: ({ groupId }) => `chat/${groupId}`, ready: waitForBubbles },
  {
    name: 'files-open',
    route: ({ filesId }) => `chat/${filesId}`,
    ready: (page) => page.locator('.bubble .tile-picture:visible').first().waitFor(),
  },
  {
    name: 'files-rows',
    route: ({ filesId }) => `chat/${filesId}`,
    async act(page) {
      await page.locator('.voice').waitFor();
      await page.locator('.file-row').last().scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'files-viewer',
    route: ({ filesId }) => `chat/${filesId}`,
    async act(page) {
      await page.locator('.tile').first().click();
      await page.locator('img.viewer-picture').waitFor();
    },
  },
  { name: 'media', route: media(), ready: waitForPictures },
  { name: 'media-links', route: media('/links'), ready: (page) => page.locator('.media-link').waitFor() },
  {
    name: 'media-files',
    route: media('/files'),
    ready: (page) => page.locator('.file-row').first().waitFor(),
  },
  {
    name: 'media-none',
    route: ({ chatId }) => `media/${chatId}`,
    ready: (page) =>
      page
        .locator('.media-status')
        .getByText(/\S{4}.*\.$/)
        .waitFor(),
  },
  {
    name: 'contact-saver',
    route: ({ budi }) => `contact/${budi.id}`,
    act: (page) => page.locator('.card-actions .action:visible').nth(3).click(),
  },
  inChat('draft', (page) => page.locator('.composer textarea').fill('Baris satu\nbaris dua\nbaris tiga')),
  inChat('menu', (page) => menu(page)),
  inChat('reply', (page) => menu(page, 'reply')),
  inChat('edit', (page) => menu(page, 'edit')),
  inChat('delete', (page) => menu(page, 'trash')),
  { name: 'contact', route: ({ budi }) => `contact/${budi.id}` },
  {
    name: 'contact-report',
    route: ({ budi }) => `contact/${budi.id}`,
    act: (page) => page.locator('.card-actions .action:visible').last().click(),
  },
  {
    name: 'contact-mute',
    route: ({ budi }) => `contact/${budi.id}`,
    act: (page) => page.locator('.card-actions .action:visible').nth(2).click(),
  },
  { name: 'contact-unknown', route: () => 'contact/00000000-0000-4000-8000-000000000000' },
  {
    name: 'chat-unknown',
    route: () => 'chat/00000000-0000-4000-8000-000000000000',
    // Only the answer of the box says that the chat does not exist, whatever the browser stores.
    ready: (page) => page.locator('.conversation .empty-title').waitFor(),
  },
  plain('add-friend'),
  {
    name: 'add-friend-wrong',
    route: () => 'add-friend',
    async act(page) {
      await page.locator('input[name=friend]').fill('tidak.ada');
      await submit(page);
      await page.locator('.field-error:not(:empty)').waitFor();
    },
  },
  { name: 'add-by-link', route: () => 'add/wati' },
  plain('new-group'),
  {
    name: 'new-group-chosen',
    route: () => 'new-group',
    async act(page) {
      await submit(page);
      const friends = page.locator('.pick-row input');
      for (const index of [0, 2]) await friends.nth(index).check();
    },
  },
  { name: 'group-info', route: group() },
  {
    name: 'group-info-end',
    route: group(),
    act: (page) => page.locator('.action-danger').last().scrollIntoViewIfNeeded(),
  },
  {
    name: 'group-member-menu',
    route: group(),
    act: (page) => page.locator('.member .icon-button').first().click(),
  },
  {
    name: 'group-mute',
    route: group(),
    act: (page) => page.locator('.card-actions button.action').first().click(),
  },
  {
    name: 'group-leave',
    route: group(),
    act: (page) => page.locator('.action-danger').first().click(),
  },
  { name: 'group-end', route: group(), act: (page) => page.locator('.action-danger').last().click() },
  { name: 'group-unknown', route: () => 'group-info/00000000-0000-4000-8000-000000000000' },
  { name: 'group-add', route: group('/add') },
  { name: 'group-settings', route: group('/settings') },
  { name: 'group-links', route: group('/links'), ready: (page) => page.locator('.person').first().waitFor() },
  {
    name: 'group-links-created',
    route: group('/links'),
    async act(page) {
      await page.locator('.panel .button-main').click();
      await page.locator('.invite-link').waitFor();
    },
  },
  {
    name: 'group-join',
    route: ({ groupCode }) => `group/${groupCode}`,
  },
  {
    name: 'group-mention',
    route: inGroup,
    async act(page) {
      await waitForBubbles(page);
      await page.locator('.composer textarea').pressSequentially('Halo @');
      await page.locator('.mention-option').first().waitFor();
    },
  },
  {
    name: 'group-message-info',
    route: inGroup,
    async act(page) {
      await waitForBubbles(page);
      await menu(page, 'info');
      await page.locator('.message-info section').first().waitFor();
    },
  },
  ...MESSAGE_SCENES,
  ownerHome('owner-good', goodBox, 'good'),
  ownerHome('owner-bad', badBox, 'bad'),
  {
    name: 'owner-people',
    route: () => 'owner/people',
    ready: (page) => page.locator('.owner .person').nth(5).waitFor(),
  },
  { name: 'owner-person', route: ownerPerson, ready: waitForPerson },
  {
    name: 'owner-person-code',
    route: ownerPerson,
    async act(page) {
      await waitForPerson(page);
      await page.locator('.owner .action:visible').first().click();
      await page.locator('.code-large').waitFor();
    },
  },
  {
    name: 'owner-reports',
    route: () => 'owner/reports',
    ready: (page) => page.locator('.report-list').waitFor(),
  },
  {
    name: 'owner-settings',
    route: () => 'owner/settings',
    ready: (page) => page.locator('.owner-settings:visible').waitFor(),
  },
  ownerBackups('owner-backups', goodBox().backup, 'good'),
  ownerBackups('owner-backups-none', {}, 'warn'),
  {
    name: 'owner-audit',
    route: () => 'owner/audit',
    ready: (page) => page.locator('.audit-event').first().waitFor(),
  },
  plain('requests'),
  plain('invites'),
  {
    name: 'invites-created',
    route: () => 'invites',
    async act(page) {
      await page.locator('.panel .button-main').click();
      await page.locator('.invite-link').waitFor();
    },
  },
  {
    name: 'invites-failed',
    needsReload: true,
    route: () => 'invites',
    async act(page) {
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
  { ...plain('security'), ready: waitForSecurity },
  {
    name: 'security-confirm',
    needsReload: true,
    route: () => 'security',
    async act(page) {
      await waitForSecurity(page);
      await page.locator('.security .button:visible').first().click();
      await page.getByRole('dialog').waitFor();
    },
  },
  { name: 'security-set-up', needsReload: true, route: () => 'security', act: setUpTotp },
  {
    name: 'security-codes',
    needsReload: true,
    route: () => 'security',
    async act(page) {
      const recoveryCodes = Array.from({ length: 10 }, (_, n) => `4Q8Z-N1CB-W7RT-5KH8-M3PX-V6YD-2${n}`);
      await page.route('**/totp/confirm', (route) => route.fulfill({ json: { recoveryCodes } }));
      await setUpTotp(page);
      await page.locator('.security input[name=code]').fill('123456');
      await page.locator('.security button[type=submit]').click();
      await page.locator('.recovery-codes').waitFor();
      await page.unroute('**/totp/confirm');
    },
  },
  plain('notifications'),
  { ...plain('data'), ready: (page) => page.locator('.storage-bar:visible').waitFor() },
  { ...plain('import'), ready: (page) => page.locator('.import-file').waitFor() },
  plain('appearance'),
  {
    name: 'appearance-rose',
    needsReload: true,
    route: () => 'appearance',
    act: async (page) => {
      await page.locator('input[value=rose]').check();
      // The choice would stay for the scenes that follow, so it is removed from storage; the page still shows it.
      await page.evaluate(() => localStorage.removeItem('bisik.accent'));
    },
  },
  {
    name: 'settings',
    route: () => 'settings',
    ready: (page) => page.locator('.device').first().waitFor(),
  },
  {
    name: 'settings-keys',
    route: () => 'settings',
    act: async (page) => {
      await page.locator('button.action').first().click();
      await page.locator('.keys-body').waitFor();
    },
  },
  {
    name: 'settings-logout',
    route: () => 'settings',
    act: (page) => page.locator('.action-danger').last().click(),
  },
];

/** Screens of a new account, which is no owner. */
export const EMPTY: Scene[] = [
  { ...plain('owner'), name: 'empty-owner-claim' },
  { ...plain('chats'), name: 'empty-chats' },
  { ...plain('requests'), name: 'empty-requests' },
  { ...plain('blocked'), name: 'empty-blocked' },
  { ...plain('new-group'), name: 'empty-new-group' },
];
