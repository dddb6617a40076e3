import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Message } from '../../../chat-core/src/wire/wire.ts';
import { type Core, type Cores, startCores } from '../../../chat-core/test/support/cores.ts';
import { type Person, personWith, signUp } from '../../../chat-core/test/support/person.ts';
import { hasPostgres } from '../../../chat-core/test/support/postgres.ts';
import { type PostgresPair, startPostgresPair } from '../../../chat-core/test/support/postgres-pair.ts';
import { openBrowser, type Visit, visitAs } from '../support/browser.ts';
import { openChat, row, waitForSent, write } from '../support/page-actions.ts';

/** Where pictures of both pages go, if anywhere. */
const folder = process.env.SCALE_SCREENSHOTS;

describe.runIf(hasPostgres)('two people whose pages are at two cores', () => {
  let database: PostgresPair;
  let cores: Cores;
  let [a, b] = [] as unknown as [Core, Core];
  let browser: Browser;
  let sari: Person;
  let budi: Person;
  let here: Visit;
  let there: Visit;

  // A second attempt needs a standby again.
  beforeEach(async () => {
    database = await startPostgresPair();
    cores = await startCores(await database.newDatabase());
    const env = { FRONTEND_DIR: inject('pageDir') };
    [a, b] = [await cores.start(env), await cores.start(env)];
    browser = await openBrowser();
    [sari, budi] = [await signUp(a.url, 'sari'), await signUp(b.url, 'budi')];
    await sari.post('/friends/add', { myId: sari.id, friendUsername: 'budi' });
    here = await visitAs(sari, browser, a.url);
    there = await visitAs(budi, browser, b.url);
    await openChat(here.page, 'budi');
    await openChat(there.page, 'sari');
    for (const { page } of [here, there])
      await page.evaluate(() => Object.assign(window, { isFirstLoad: true }));
  });
  afterEach(async () => {
    await browser?.close();
    await cores?.stop();
    await database?.stop();
  });

  const picture = async (name: string) => {
    if (!folder) return;
    await here.page.screenshot({ path: join(folder, `${name}-core-1.png`) });
    await there.page.screenshot({ path: join(folder, `${name}-core-2.png`) });
  };
  const timeline = (page: Page) => page.locator('.bubble-text').allTextContents();
  const stored = async (core: Core, who: Person, other: Person) => {
    const path = `/chat/history?myId=${who.id}&friendId=${other.id}`;
    return ((await personWith(core.url, who).get(path)).body as Message[]).map(({ content }) => content);
  };

  it('they chat, and see each other type; while the primary is killed their messages wait, and after a failover each arrives once', async () => {
    const typed = here.page.locator('.bar-status').getByText('sedang mengetik…').waitFor();
    await there.page.getByLabel('Tulis pesan').pressSequentially('sebentar, aku sedang menulis');
    await typed;
    await picture('1-typing');
    await write(there.page, 'halo dari core dua');
    await row(here.page, 'halo dari core dua').waitFor();
    await write(here.page, 'halo juga dari core satu');
    await row(there.page, 'halo juga dari core satu').waitFor();

    const written: string[] = [];
    const talk = async (round: number) => {
      const [one, other] = [`sari menulis ${round}`, `budi menulis ${round}`];
      written.push(one, other);
      await Promise.all([write(here.page, one), write(there.page, other)]);
    };
    for (const round of [1, 2]) await talk(round);
    const killed = database.killPrimary();
    await talk(3);
    await killed;
    for (const round of [4, 5]) await talk(round);
    for (const [{ page }, text] of [
      [here, 'sari menulis 5'],
      [there, 'budi menulis 5'],
    ] as const)
      await page.locator('[data-status="waiting"]').getByText(text, { exact: true }).waitFor();
    await picture('2-primary-killed');

    await database.promote();
    for (const text of written) {
      const [own, others] = text.startsWith('sari') ? [here.page, there.page] : [there.page, here.page];
      await waitForSent(own, text);
      await row(others, text).waitFor();
    }
    await here.page.locator('.banner').waitFor({ state: 'hidden' });
    await there.page.locator('.banner').waitFor({ state: 'hidden' });
    await write(here.page, 'sampai lagi');
    await row(there.page, 'sampai lagi').waitFor();
    await picture('3-after-promotion');

    const all = await stored(a, sari, budi);
    expect(await stored(b, budi, sari)).toEqual(all);
    expect([...all].sort()).toEqual(
      ['halo dari core dua', 'halo juga dari core satu', ...written, 'sampai lagi'].sort(),
    );
    await expect.poll(() => timeline(here.page)).toEqual(all);
    await expect.poll(() => timeline(there.page)).toEqual(all);
    for (const { page } of [here, there])
      expect(await page.evaluate(() => 'isFirstLoad' in window)).toBe(true);
  });
});
