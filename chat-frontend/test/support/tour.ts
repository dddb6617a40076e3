import type { BrowserContextOptions, Page } from 'playwright-core';
import type { Box } from './box.ts';
import { visit, visitAs } from './browser.ts';
import type { Fixtures } from './fixtures.ts';
import { go } from './page-actions.ts';
import { EMPTY, INSIDE, OUTSIDE, type Scene } from './scenes.ts';

/** Opens every scene and calls `inspect` in each. `only` selects the scenes whose name contains it. */
export async function tour(
  box: Pick<Box, 'browser' | 'url'>,
  fixtures: Fixtures,
  options: BrowserContextOptions,
  inspect: (page: Page, scene: Scene) => Promise<void>,
  only = '',
): Promise<void> {
  for (const [scenes, person] of [
    [OUTSIDE, undefined],
    [INSIDE, fixtures.sari],
    [EMPTY, fixtures.newcomer],
  ] as const) {
    const allOptions = { reducedMotion: 'reduce' as const, ...options };
    const { page, context } = await (person
      ? visitAs(person, box.browser, box.url, allOptions)
      : visit(box.browser, box.url, allOptions));
    if (person) await page.locator('nav.chats').waitFor();
    let last: Scene | undefined;
    for (const scene of scenes.filter(({ name }) => name.includes(only))) {
      if (last?.needsReload) {
        await page.goto('about:blank');
        await page.goto(`${box.url}/#/${scene.route(fixtures)}`);
      } else if (last?.act) await leave(page, person ? 'privacy' : 'reset');
      last = scene;
      await go(page, scene.route(fixtures));
      if (person) await page.locator('.chats-loading').waitFor({ state: 'hidden' });
      await scene.ready?.(page);
      await scene.act?.(page);
      await inspect(page, scene);
    }
    await context.close();
  }
}

/** Closes the dialog or the menu of a scene and goes to another screen: the next scene begins anew, without a page load. */
async function leave(page: Page, route: string): Promise<void> {
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').or(page.getByRole('menu')).first().waitFor({ state: 'hidden' });
  await go(page, route);
}
