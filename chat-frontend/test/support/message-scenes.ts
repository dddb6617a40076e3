import type { Page } from 'playwright-core';
import type { Fixtures } from './fixtures.ts';
import type { Scene } from './scenes.ts';

const family = ({ familyId }: Fixtures) => `chat/${familyId}`;
const waitForReactions = (page: Page) => page.locator('.reaction:visible').nth(3).waitFor();

/** Until every message was searched. */
const waitForHits = (page: Page) =>
  page.locator('.hits-status:visible').filter({ hasText: /\d/, hasNotText: '…' }).waitFor();

/** In the group with messages of every kind. */
const inFamily = (name: string, act: (page: Page) => Promise<void>): Scene => ({
  name: `family-${name}`,
  route: family,
  act: async (page) => {
    await waitForReactions(page);
    await act(page);
  },
});

/** Opens the menu of the message with most reactions and chooses the item with an icon, if given. */
async function menu(page: Page, icon?: string): Promise<void> {
  await page.locator('.row:has(.reaction) .bubble-more').first().press('Enter');
  await page.locator('.quick-reaction').first().waitFor();
  if (icon) await page.locator(`.menu-item:has(.icon-${icon})`).click();
}

/** Opens the menu of the open conversation and chooses the item with an icon, if given. */
async function chatMenu(page: Page, icon?: string): Promise<void> {
  await page.locator('.conversation .bar > .icon-button:visible').last().click();
  await page.getByRole('menu').waitFor();
  if (icon) await page.locator(`.menu-item:has(.icon-${icon})`).click();
}

/** In the group with polls, at the newest of them. */
const atPoll = (name: string, act: (page: Page) => Promise<void> = async () => {}): Scene => ({
  name: `poll-${name}`,
  route: ({ groupId }) => `chat/${groupId}`,
  act: async (page) => {
    await page.locator('.row:has(.poll-answer:visible)').last().scrollIntoViewIfNeeded();
    await act(page);
  },
});

/** Opens the menu of the newest poll and chooses the item with an icon. */
async function pollMenu(page: Page, icon: string): Promise<void> {
  await page.locator('.row:has(.poll) .bubble-more').last().press('Enter');
  await page.locator(`.menu-item:has(.icon-${icon})`).click();
}

async function openPollDialog(page: Page): Promise<void> {
  await page.locator('.composer-attach:not(.composer-emoji):visible').click();
  await page.locator('.menu-item:has(.icon-poll)').click();
  await page.locator('.poll-dialog').waitFor();
}

/** What people do with messages and chats: reactions, forwarding, search, notes and more. */
export const MESSAGE_SCENES: Scene[] = [
  { name: 'family-open', route: family, ready: waitForReactions },
  inFamily('menu', (page) => menu(page)),
  {
    // The first Escape only clears the field.
    name: 'family-emojis',
    needsReload: true,
    route: family,
    async act(page) {
      await waitForReactions(page);
      await menu(page);
      await page.locator('.quick-reaction').last().click();
      await page.locator('.emoji-search').fill('sa');
    },
  },
  inFamily('who-reacted', async (page) => {
    await menu(page, 'smile');
    await page.locator('.who-reacted-row').first().waitFor();
  }),
  inFamily('forward', async (page) => {
    await menu(page, 'forward');
    await page.locator('.forward-list .pick-row input').nth(1).check();
  }),
  {
    name: 'family-choose',
    needsReload: true,
    route: family,
    async act(page) {
      await waitForReactions(page);
      await menu(page, 'select');
      await page.locator('.row-check').nth(2).check();
    },
  },
  inFamily('chat-menu', (page) => chatMenu(page)),
  inFamily('expiry', (page) => chatMenu(page, 'timer')),
  inFamily('schedule', async (page) => {
    await chatMenu(page, 'clock');
    await page.locator('.schedule-list li').nth(1).waitFor();
  }),
  atPoll('open'),
  atPoll('menu', async (page) => {
    await page.locator('.row:has(.poll) .bubble-more').last().press('Enter');
    await page.getByRole('menu').waitFor();
  }),
  atPoll('close', (page) => pollMenu(page, 'lock')),
  atPoll('who', async (page) => {
    await pollMenu(page, 'poll');
    await page.locator('.who-voted-row').first().waitFor();
  }),
  atPoll('create', openPollDialog),
  {
    ...atPoll('create-wrong', async (page) => {
      await openPollDialog(page);
      await page.locator('.poll-question').fill('Kas RT bulan ini naik jadi berapa?');
      await page.locator('.poll-fields input').first().fill('20.000');
      await page.locator('.poll-fields input').nth(1).fill('20.000');
      await page.locator('.poll-dialog [type=submit]').click();
      await page.locator('.poll-dialog .field-error:not(:empty)').waitFor();
    }),
    needsReload: true,
  },
  {
    name: 'notes',
    route: ({ notesId }) => `chat/${notesId}`,
    ready: (page) => page.locator('.bubble-text:visible').first().waitFor(),
  },
  {
    name: 'search-chat',
    needsReload: true,
    route: ({ familyId }) => `search/${familyId}`,
    async act(page) {
      await page.locator('.search-field input').fill('ketupat');
      await waitForHits(page);
    },
  },
  {
    name: 'chats-search',
    needsReload: true,
    route: () => 'chats',
    async act(page) {
      await page.locator('.chats .chats-search').fill('siap');
      await waitForHits(page);
    },
  },
  {
    name: 'chats-archive',
    needsReload: true,
    route: () => 'chats',
    act: (page) => page.locator('.chats-archive').click(),
  },
  {
    name: 'chats-menu',
    route: () => 'chats',
    async act(page) {
      await page.locator('.chat-link').nth(1).press('ContextMenu');
      await page.getByRole('menu').waitFor();
    },
  },
  {
    name: 'starred',
    route: () => 'starred',
    ready: (page) => page.locator('.starred-row').first().waitFor(),
  },
  {
    name: 'import-report',
    needsReload: true,
    route: () => 'import',
    async act(page) {
      const lines = [
        '21.05 - Pak Budi: Selamat tahun baru!',
        '21.06 - Bu Sari: Amin',
        '21.07 - Pak Budi: <Media tidak disertakan>',
      ];
      await page.locator('.import-file input').setInputFiles({
        name: 'Chat WhatsApp dengan Keluarga.txt',
        mimeType: 'text/plain',
        buffer: Buffer.from(lines.map((line) => `31/12/19 ${line}`).join('\n')),
      });
      await page.locator('.import-author').nth(1).waitFor();
    },
  },
  {
    name: 'data-delete-account',
    route: () => 'data',
    act: (page) => page.locator('.action-danger:visible').last().click(),
  },
  {
    name: 'data-delete-account-password',
    needsReload: true,
    route: () => 'data',
    async act(page) {
      await page.locator('.action-danger:visible').last().click();
      await page.getByRole('dialog').locator('.button-danger').click();
      const dialog = page.getByRole('dialog');
      await dialog.locator('input[name=password]').fill('bukan-password-ini');
      await dialog.locator('button[type=submit]').click();
      await dialog.locator('.form-error:not(:empty), .field-error:not(:empty)').first().waitFor();
    },
  },
];
