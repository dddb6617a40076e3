import axe from 'axe-core';
import type { Page } from 'playwright-core';

type Finding = { id: string; nodes: { html: string; failureSummary: string }[] };

/** The violations that axe finds in a page by WCAG 2.2 AA and good practice, one line each. */
export async function axeFindings(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  const options = JSON.stringify({ preload: false, resultTypes: ['violations'] });
  const found = (await page.evaluate(`axe.run(document, ${options})`)) as { violations: Finding[] };
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 120)} ${failureSummary}`),
  );
}
