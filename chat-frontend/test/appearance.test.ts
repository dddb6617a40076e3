import { expect, test } from 'vitest';
import { signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { DESKTOP, visitAs } from './support/browser.ts';
import { go } from './support/page-actions.ts';

const box = openBox();

test('a chosen theme and colour apply in all tabs of the browser and are set before anything is drawn', async () => {
  const { page, context, faults } = await visitAs(await signUp(box.url, 'sari'), box.browser, box.url, {
    ...DESKTOP,
    colorScheme: 'light',
  });
  const other = await context.newPage();
  await other.goto(`${box.url}/#/settings`);
  await other.locator('nav.chats').waitFor();
  const describeStyle = (of = page) =>
    of.evaluate(() => {
      const { theme, accent } = document.documentElement.dataset;
      const style = getComputedStyle(document.body);
      const metas = [...document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]')];
      const [, colour] = [metas.length, style.getPropertyValue('--accent')];
      return [
        theme,
        accent,
        style.backgroundColor,
        colour,
        new Set(metas.map(({ content }) => content)).size,
      ];
    });
  expect(await describeStyle()).toEqual(['light', 'teal', 'rgb(245, 242, 234)', '#0e675f', 1]);

  await go(page, 'appearance');
  await page.getByLabel('Gelap').check();
  await page.getByLabel('Biru').check();
  const dark = ['dark', 'blue', 'rgb(14, 20, 21)'];
  expect((await describeStyle()).slice(0, 3)).toEqual(dark);
  expect((await describeStyle())[3]).not.toBe('#0e675f');
  await expect.poll(async () => (await describeStyle(other)).slice(0, 3)).toEqual(dark);

  // The theme is set before the main module is loaded, which is blocked here.
  await other.route(/\/assets\/main-/, (route) => route.abort());
  await other.reload();
  await other.waitForFunction(() => document.documentElement.dataset.theme === 'dark');

  await page.getByLabel('Ikut sistem').check();
  expect((await describeStyle())[0]).toBe('light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect.poll(async () => (await describeStyle())[0]).toBe('dark');
  expect(faults.filter((fault) => !fault.includes('main-') && !fault.includes('ERR_FAILED'))).toEqual([]);
});
