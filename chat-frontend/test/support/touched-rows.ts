import type { Page } from 'playwright-core';

/** From here on: the texts of the conversation's rows that were made, changed, moved or removed since they were last asked for. */
export async function watchRows(page: Page): Promise<() => Promise<string[]>> {
  const watched = await page.locator('.timeline-list').evaluateHandle((list) => {
    const touched = new Set<Element>();
    const look = (changes: MutationRecord[]) => {
      for (const { target, addedNodes, removedNodes } of changes) {
        for (const node of [target, ...addedNodes, ...removedNodes]) {
          const row = (node instanceof Element ? node : node.parentElement)?.closest('li');
          if (row) touched.add(row);
        }
      }
    };
    const watch = new MutationObserver(look);
    watch.observe(list, { subtree: true, childList: true, attributes: true, characterData: true });
    return {
      take: () => {
        look(watch.takeRecords());
        const rows = [...touched];
        touched.clear();
        return rows.map((row) => row.querySelector('.bubble-text')?.textContent ?? '');
      },
    };
  });
  return () => watched.evaluate(({ take }) => take());
}
