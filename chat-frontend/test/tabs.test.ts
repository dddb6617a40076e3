import type { Browser, Page, Request } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Pair, startPair } from '../../chat-core/test/support/pair.ts';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { LAN_HOST, openBrowser, remember, visit } from './support/browser.ts';
import { buildPage } from './support/built-page.ts';
import { openChat, row, seeSent, write } from './support/moves.ts';

let built: ReturnType<typeof buildPage>;
let pair: Pair;
let browser: Browser;

beforeAll(async () => {
  built = buildPage();
  pair = await startPair({ FRONTEND_DIR: built.folder });
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await pair?.stop();
  built?.remove();
});

function countPolls(page: Page): () => number {
  let polls = 0;
  page.on('request', (request) => {
    if (request.url().endsWith('/api/sync')) polls += 1;
  });
  return () => polls;
}

async function friends(name: string): Promise<[Person, Person]> {
  const [sari, budi] = await Promise.all([
    signUp(pair.url, `${name}.sari`),
    signUp(pair.url, `${name}.budi`),
  ]);
  await sari.post('/friends/add', { myId: sari.id, friendUsername: budi.username });
  return [sari, budi];
}

describe.each([
  { place: 'localhost', secure: true },
  { place: LAN_HOST, secure: false },
])('at http://$place', ({ place, secure }) => {
  test('two tabs share one poll, both see what arrives, and the second takes over when the first goes', async () => {
    const [sari, budi] = await friends(place);
    const url = pair.url.replace('127.0.0.1', place);
    const { context, page: first, faults } = await visit(browser, url);
    expect(
      await first.evaluate(() => [isSecureContext, 'locks' in navigator, 'randomUUID' in crypto]),
    ).toEqual([secure, secure, secure]);
    await remember(first, sari);
    await openChat(first, budi.username);
    const second = await context.newPage();
    await second.goto(first.url());
    await second.getByRole('heading', { name: budi.username }).waitFor();
    // The second polls at its pace: the seat is its own, and the first has heard of it.
    const isPoll = (request: Request) => request.url().endsWith('/api/sync');
    for (let poll = 0; poll < 2; poll++) await second.waitForRequest(isPoll);

    const polls = [countPolls(first), countPolls(second)] as const;
    const say = (message: string) =>
      budi.post('/chat/send', { senderId: budi.id, receiverId: sari.id, message });
    await say('untuk semua tab');
    await Promise.all([row(first, 'untuk semua tab').waitFor(), row(second, 'untuk semua tab').waitFor()]);
    await write(first, 'dari tab yang menunggu');
    await Promise.all([seeSent(first, 'dari tab yang menunggu'), seeSent(second, 'dari tab yang menunggu')]);
    expect([polls[0](), polls[1]() > 0]).toEqual([0, true]);

    await second.goto('about:blank');
    await say('masih terdengar');
    await row(first, 'masih terdengar').waitFor();
    expect(polls[0]()).toBeGreaterThan(0);
    expect(faults).toEqual([]);
  });
});

test('logging out in one tab logs out the other', async () => {
  const [sari] = await friends('keluar');
  const { context, page: first } = await visit(browser, pair.url);
  await remember(first, sari);
  const second = await context.newPage();
  await second.goto(`${pair.url}/#/settings`);
  await second.getByRole('button', { name: 'Keluar', exact: true }).click();
  await second.getByRole('dialog').getByRole('button', { name: 'Keluar' }).click();
  await first.getByRole('heading', { name: 'Masuk', exact: true }).waitFor();
});
