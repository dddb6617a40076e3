import type { CDPSession, Page } from 'playwright-core';

/** 400 kb/s in both directions and a round trip of 400 ms: a full mobile cell. Connecting is not slowed down. */
export const NETWORK = { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 };
const SLOWDOWN = 4;

/** Throttles the processor of a page to a quarter and, with `isNetworkSlow`, its network to NETWORK. */
export async function slow(page: Page, isNetworkSlow: boolean): Promise<CDPSession> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN });
  if (isNetworkSlow) {
    await cdp.send('Network.enable');
    await cdp.send('Network.emulateNetworkConditions', NETWORK);
  }
  await cdp.send('Performance.enable');
  return cdp;
}

export type Work = { scriptMs: number; layoutMs: number };

/** Milliseconds of scripting, and of styling and layout, that `run` costs a page until it is laid out. */
export async function workOf(cdp: CDPSession, page: Page, run: () => Promise<void>): Promise<Work> {
  const before = await read(cdp);
  await run();
  await nextLayout(page);
  const after = await read(cdp);
  const ms = (...names: string[]) =>
    names.reduce((sum, name) => sum + ((after.get(name) ?? 0) - (before.get(name) ?? 0)) * 1000, 0);
  return { scriptMs: ms('ScriptDuration'), layoutMs: ms('LayoutDuration', 'RecalcStyleDuration') };
}

async function read(cdp: CDPSession): Promise<Map<string, number>> {
  const { metrics } = await cdp.send('Performance.getMetrics');
  return new Map(metrics.map(({ name, value }) => [name, value]));
}

/** Waits for two frames, after which every change has been laid out. */
export async function nextLayout(page: Page): Promise<void> {
  await page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))),
  );
}
