import type { Page } from 'playwright-core';

/** Observes the rows of the conversation. The returned function yields the texts of those added, changed, moved or removed since its last call. */
export async function watchRows(page: Page): Promise<() => Promise<string[]>> {
  const watched = await page.locator('.timeline-list').evaluateHandle((list) => {
    const touched = new Set<Element>();
    const collect = (changes: MutationRecord[]) => {
      for (const { target, addedNodes, removedNodes } of changes) {
        for (const node of [target, ...addedNodes, ...removedNodes]) {
          const row = (node instanceof Element ? node : node.parentElement)?.closest('li');
          if (row) touched.add(row);
        }
      }
    };
    const observer = new MutationObserver(collect);
    observer.observe(list, { subtree: true, childList: true, attributes: true, characterData: true });
    return {
      take: () => {
        collect(observer.takeRecords());
        const rows = [...touched];
        touched.clear();
        return rows.map((row) => row.querySelector('.bubble-text')?.textContent ?? '');
      },
    };
  });
  return () => watched.evaluate(({ take }) => take());
}
