import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { Delta, Message } from '../../chat-core/src/wire/wire.ts';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { DESKTOP, PHONE, visit, visitAs } from './support/browser.ts';
import { go, POLL } from './support/page-actions.ts';
import { payloads, unruly } from './support/payloads.ts';

const box = openBox();

test('the content security policy is enforced and a violation of it is noticed', async () => {
  const { page, faults } = await visit(box.browser, box.url);
  const outcome = await page.evaluate(() => {
    try {
      document.body.innerHTML = '<img src=x onerror="document.title=1">';
      return 'taken';
    } catch (cause) {
      return String(cause);
    }
  });
  expect(outcome).toContain('TrustedHTML');
  await expect.poll(() => faults.join()).toContain('policy violated: require-trusted-types-for');
});

const send = (from: Person, to: Person, message: string, replyTo?: number) =>
  from.post('/chat/send', {
    senderId: from.id,
    receiverId: to.id,
    message,
    ...(replyTo ? { replyTo } : {}),
  });

/** Registers a person with a hostile friend. */
async function registerPair(name: string): Promise<[Person, Person]> {
  const [sari, mallory] = await Promise.all([
    signUp(box.url, `${name}.sari`),
    signUp(box.url, `${name}.mallory`),
  ]);
  await sari.post('/friends/add', { myId: sari.id, friendUsername: mallory.username });
  return [sari, mallory];
}

/** Gives a person a name that registration refuses but an imported account may have. */
async function rename(page: Page, person: Person, name: string): Promise<void> {
  await page.route(POLL, async (route) => {
    // A held poll ends unanswered with the test.
    const response = await route.fetch().catch(() => undefined);
    if (!response) return;
    if (response.status() !== 200) return route.fulfill({ response });
    const delta = (await response.json()) as Delta;
    const people = [
      ...(delta.friends ?? []),
      ...(delta.conversations ?? []).flatMap((c) => ('members' in c ? c.members : [])),
    ];
    for (const one of people)
      if (one.id === person.id) Object.assign(one, { username: name, displayName: name });
    return route.fulfill({ response, json: delta });
  });
}

/** Creates the list to which each payload that runs pushes its number. */
const createHitList = (page: Page) => page.evaluate(() => Object.assign(window, { __hit: [] }));
const hits = (page: Page) => page.evaluate(() => (window as unknown as { __hit: number[] }).__hit);

test('where text is taken for markup more than a hundred payloads run and are counted', async () => {
  const { page, context } = await visit(box.browser, 'about:blank');
  await createHitList(page);
  await page.evaluate((all) => {
    for (const payload of all) document.body.append(document.createRange().createContextualFragment(payload));
  }, payloads);
  await expect.poll(async () => new Set(await hits(page)).size).toBeGreaterThan(100);
  await context.close();
});

test('five hundred hostile messages, half of them replies, and hostile names, about texts and drafts are shown as plain text, and nothing runs', async () => {
  const [sari, mallory] = await registerPair('lima.ratus');
  const name = payloads.slice(0, 40).join(' ');
  const about = payloads.slice(0, 3).join('').slice(0, 200);
  expect((await mallory.patch('/me', { displayName: payloads[2], about })).status).toBe(200);
  for (const [index, message] of payloads.entries()) {
    const { status, body } = await send(mallory, sari, message, index % 2 === 1 ? index : undefined);
    expect(status).toBe(200);
    const { conversationId, seq } = body as Message;
    if (seq === payloads.length) await sari.post('/chat/read', { conversationId, seq });
  }
  const { page, faults } = await visitAs(sari, box.browser, box.url, DESKTOP, async (fresh) => {
    await fresh.addInitScript(() => Object.assign(window, { __hit: [] }));
    await rename(fresh, mallory, name);
  });
  await page.locator('.chat-link').click();
  await expect.poll(() => page.locator('h1.bar-title').textContent()).toBe(name);

  // Texts and quotes in one evaluation: a page of older messages may arrive between two.
  const rows = () =>
    page.locator('.row:has(.bubble-text)').evaluateAll((all) =>
      all.map((row) => ({
        text: row.querySelector('.bubble-text')?.textContent,
        quote: row.querySelector('.quote:not([hidden]) .quote-text')?.textContent ?? null,
      })),
    );
  // A line that begins with > is a quote: an element of its own, without its mark, and in a preview a line.
  const texts = payloads.map((text) => text.replace('\n>', ''));
  const previews = payloads.map((text) => text.replace('\n>', '\n'));
  const sent = texts.map((text, index) => ({ text, quote: index % 2 === 1 ? previews[index - 1] : null }));
  await expect.poll(async () => (await rows()).length).toBeGreaterThan(0);
  for (let first = payloads.length; first > 0; ) {
    await page.locator('.timeline-scroll').evaluate((scroller) => scroller.scrollTo(0, 0));
    await expect
      .poll(async () => {
        const shown = await rows();
        const start = texts.indexOf(shown[0]?.text ?? '');
        if (start === -1 || start >= first) return 'nothing older yet';
        expect(shown).toEqual(sent.slice(start, start + shown.length));
        first = start;
        return 'older';
      })
      .toBe('older');
  }

  const draft = payloads.join('').slice(0, 3_000);
  await page.getByLabel('Tulis pesan').fill(draft);
  await go(page, `contact/${mallory.id}`);
  await expect.poll(() => page.locator('.contact-about').textContent()).toBe(about);
  expect(await page.locator('.contact-name').textContent()).toBe(name);
  await page.getByRole('button', { name: 'Blokir' }).click();
  await page.getByRole('heading', { name: `Blokir ${payloads[0]}` }).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Batal' }).click();
  await go(page, 'chats');
  expect(await page.locator('.chat-text').textContent()).toBe(draft);
  await page.locator('.chats-search').fill(`${payloads[0]} tidak ada`);
  await page.getByText(`“${payloads[0]} tidak ada”`).waitFor();

  expect(
    await page.evaluate(
      () => document.querySelectorAll('#app :is(script, iframe, object, form, style)').length,
    ),
  ).toBe(0);
  expect(await hits(page)).toEqual([]);
  expect(faults).toEqual([]);
});

test('texts that are too long, reverse the direction or stack marks stay within their bubble, their row and a phone of 360 pixels', async () => {
  const [sari, mallory] = await registerPair('tata');
  for (const message of unruly) expect((await send(mallory, sari, message)).status).toBe(200);
  const name = `\u202E${'Z\u0489\u0300\u0301'.repeat(40)}${'😀'.repeat(60)}`;
  const size = { ...PHONE, viewport: { width: 360, height: 740 } };
  const { page, faults } = await visitAs(sari, box.browser, box.url, size, (fresh) =>
    rename(fresh, mallory, name),
  );
  await page.locator('.chat-link').waitFor();
  const sideways = () =>
    page.evaluate(() =>
      [
        ...document.querySelectorAll<HTMLElement>(
          'html, .timeline-scroll, .chats-scroll, .panel-scroll, .bar',
        ),
      ]
        .filter((box) => box.scrollWidth > box.clientWidth)
        .map((box) => box.className),
    );
  /** Elements painted outside of the screen’s width. */
  const outside = (selector: string) =>
    page.locator(selector).evaluateAll((nodes) =>
      nodes
        .map((node) => node.getBoundingClientRect())
        .filter(({ left, right, width }) => width > 0 && (left < 0 || right > innerWidth))
        .map(({ left, right }) => `${left} ${right}`),
    );
  expect(await sideways()).toEqual([]);
  expect(await outside('.chat-link, .chat-time, .chat-badge')).toEqual([]);
  // The name runs from right to left; the time beside it stays on the right.
  expect(
    await page.evaluate(() => {
      const leftOf = (selector: string) =>
        document.querySelector(selector)?.getBoundingClientRect().left ?? 0;
      return leftOf('.chat-time') > leftOf('.chat-name');
    }),
  ).toBe(true);
  await page.locator('.chat-link').tap();
  await expect.poll(() => page.locator('.bubble').count()).toBe(unruly.length);
  expect(await sideways()).toEqual([]);
  expect(await outside('.bubble, .bubble-meta, .bubble-more')).toEqual([]);
  const expandButtons = page.getByRole('button', { name: 'Selengkapnya' });
  expect(await expandButtons.count()).toBeGreaterThan(5);
  while (await expandButtons.count()) await expandButtons.first().tap();
  expect(await page.locator('.bubble-text').allTextContents()).toEqual(unruly);
  expect(await sideways()).toEqual([]);
  expect(await outside('.bubble, .bubble-meta, .bubble-more')).toEqual([]);
  await go(page, `contact/${mallory.id}`);
  await page.getByRole('button', { name: 'Blokir' }).waitFor();
  expect(await sideways()).toEqual([]);
  expect(faults).toEqual([]);
});

test('the source of the page uses no API that turns text into markup', () => {
  const source = fileURLToPath(new URL('../src/', import.meta.url));
  const sinks =
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|createContextualFragment|\beval\(|new Function/;
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'),
  );
  expect(files.length).toBeGreaterThan(30);
  expect(files.filter((name) => sinks.test(readFileSync(join(source, name), 'utf8')))).toEqual([]);
});
