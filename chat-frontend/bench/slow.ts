import type { CDPSession, Page } from 'playwright-core';

/** 400 kb/s both ways, 400 ms for each way there and back: a full mobile cell. Lines are not made slower to connect. */
export const LINE = { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 };
const SLOWDOWN = 4;

/** Has a page run on a processor four times as slow, and, if wanted, at the end of a slow line. */
export async function slow(page: Page, line: boolean): Promise<CDPSession> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN });
  if (line) {
    await cdp.send('Network.enable');
    await cdp.send('Network.emulateNetworkConditions', LINE);
  }
  await cdp.send('Performance.enable');
  return cdp;
}

export type Work = { scriptMs: number; layoutMs: number };

/** Milliseconds of scripting, and of styling and layout, that something took a page until it rests. */
export async function workOf(cdp: CDPSession, page: Page, run: () => Promise<void>): Promise<Work> {
  const before = await read(cdp);
  await run();
  await rest(page);
  const after = await read(cdp);
  const ms = (...names: string[]) =>
    names.reduce((sum, name) => sum + ((after.get(name) ?? 0) - (before.get(name) ?? 0)) * 1000, 0);
  return { scriptMs: ms('ScriptDuration'), layoutMs: ms('LayoutDuration', 'RecalcStyleDuration') };
}

async function read(cdp: CDPSession): Promise<Map<string, number>> {
  const { metrics } = await cdp.send('Performance.getMetrics');
  return new Map(metrics.map(({ name, value }) => [name, value]));
}

/** Two frames: what was changed has been laid out. */
export async function rest(page: Page): Promise<void> {
  await page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))),
  );
}
