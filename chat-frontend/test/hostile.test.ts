import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Delta } from '../../chat-core/src/wire.ts';
import { signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { remember, visit } from './support/browser.ts';
import { POLL } from './support/moves.ts';
import { payloads } from './support/payloads.ts';

const box = openBox();

test('the policy is in force and a breach of it is noticed', async () => {
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

test('fifty hostile messages and a hostile name are shown as the text they are, and nothing runs', async () => {
  const sari = await signUp(box.url, 'sari');
  const mallory = await signUp(box.url, 'mallory');
  await sari.post('/friends/add', { myId: sari.id, friendUsername: 'mallory' });
  for (const message of payloads) {
    const { status } = await mallory.post('/chat/send', {
      senderId: mallory.id,
      receiverId: sari.id,
      message,
    });
    expect(status).toBe(200);
  }
  const name = payloads.join(' ');
  const { page, faults } = await visit(box.browser, box.url);
  // Registration refuses such a name; an imported account may still carry one.
  await page.route(POLL, async (route) => {
    const response = await route.fetch();
    if (response.status() !== 200) return route.fulfill({ response });
    const delta = (await response.json()) as Delta;
    for (const person of [
      ...(delta.friends ?? []),
      ...(delta.conversations ?? []).flatMap((c) => c.members),
    ]) {
      if (person.id === mallory.id) person.username = name;
    }
    return route.fulfill({ response, json: delta });
  });
  await remember(page, sari);
  await page.locator('.chat-link').click();
  await expect.poll(() => page.locator('h1.bar-title').textContent()).toBe(name);
  const texts = () => page.locator('.bubble-text').allTextContents();
  await expect.poll(async () => (await texts()).length).toBeGreaterThanOrEqual(40);
  await page.locator('.timeline-scroll').evaluate((scroller) => scroller.scrollTo(0, 0));
  await expect.poll(texts).toEqual(payloads);

  expect(
    await page.evaluate(
      () => document.querySelectorAll('main script, main iframe, main object, main img').length,
    ),
  ).toBe(0);
  expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
  expect(faults).toEqual([]);
  // The poll that is held will not be answered any more.
  await page.unrouteAll({ behavior: 'ignoreErrors' });
});

test('the page’s source has no way to turn text into markup', () => {
  const source = fileURLToPath(new URL('../src/', import.meta.url));
  const sinks =
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|createContextualFragment|\beval\(|new Function/;
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  expect(files.length).toBeGreaterThan(30);
  expect(files.filter((name) => sinks.test(readFileSync(join(source, name), 'utf8')))).toEqual([]);
});
