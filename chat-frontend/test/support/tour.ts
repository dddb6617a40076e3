import type { BrowserContextOptions, Page } from 'playwright-core';
import type { Box } from './box.ts';
import { storeSession, visit } from './browser.ts';
import type { Fixtures } from './fixtures.ts';
import { go } from './page-actions.ts';
import { EMPTY, INSIDE, OUTSIDE, type Scene } from './scenes.ts';

/** Leads through every screen and state as somebody sees them, and calls `look` at each; `only` is a part of the names of those wanted. */
export async function tour(
  box: Pick<Box, 'browser' | 'url'>,
  fixtures: Fixtures,
  options: BrowserContextOptions,
  look: (page: Page, scene: Scene) => Promise<void>,
  only = '',
): Promise<void> {
  for (const [scenes, who] of [
    [OUTSIDE, undefined],
    [INSIDE, fixtures.sari],
    [EMPTY, fixtures.newcomer],
  ] as const) {
    const { page, context } = await visit(box.browser, box.url, { reducedMotion: 'reduce', ...options });
    if (who) {
      await storeSession(page, who);
      await page.locator('nav.chats').waitFor();
    }
    let made = false;
    for (const scene of scenes.filter(({ name }) => name.includes(only))) {
      // After a state that was made the page begins afresh, whatever that has left.
      if (made) {
        await page.goto('about:blank');
        await page.goto(`${box.url}/#/${scene.route(fixtures)}`);
      }
      made = scene.make !== undefined;
      await go(page, scene.route(fixtures));
      if (who) await page.locator('.chats-loading').waitFor({ state: 'hidden' });
      await scene.see?.(page);
      await scene.make?.(page);
      await look(page, scene);
    }
    await context.close();
  }
}
