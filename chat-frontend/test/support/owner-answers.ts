import type { Page } from 'playwright-core';
import type { BoxStatus } from '../../../chat-core/src/wire/wire.ts';

const HOUR_MS = 3_600_000;
const GB = 1_024 ** 3;

/** The figures of a box without trouble, at a time in epoch milliseconds. */
export const goodBox = (now = Date.now()): BoxStatus => ({
  version: '0.1.0',
  startedAt: now - 12 * 24 * HOUR_MS,
  disk: { freeBytes: 20 * GB, totalBytes: 29 * GB },
  memory: { rssBytes: 96e6, heapBytes: 34e6, heapLimitBytes: 512 * 1_024 ** 2 },
  eventLoopDelayMs: { p50: 1.2, p99: 14 },
  writtenBytesPerDay: 48e6,
  flashYears: 21,
  messagesPerDay: 312,
  heldPolls: 6,
  clock: { trusted: true, offsetMs: 120 },
  cipher: { reachable: true },
  tunnel: 'connected',
  certificateDaysLeft: 312.4,
  backup: {
    target: '/mnt/usb/bisik',
    lastAt: now - 4 * HOUR_MS,
    lastBytes: 182e6,
    rehearsedAt: now - 3 * HOUR_MS,
    rehearsal: 'ok',
    next: now + 20 * HOUR_MS,
  },
  alerts: [],
});

/** The figures of a box with much trouble. */
export const badBox = (now = Date.now()): BoxStatus => ({
  ...goodBox(now),
  disk: { freeBytes: 2 * GB, totalBytes: 29 * GB },
  clock: { trusted: true, offsetMs: 120, waiting: true },
  cipher: { reachable: false, sinceMs: 120_000 },
  certificateDaysLeft: 20,
  backup: {},
  alerts: [
    { code: 'cipher', since: now - 120_000 },
    { code: 'logins', since: now - 2 * HOUR_MS },
  ],
});

/** The code of the first owner, which chat-core prints at its start. */
export const ownerCodeIn = (coreLog: string): string => /once: ([\w-]+)/.exec(coreLog)?.[1] ?? '';

/** Answers requests of a page about the box in place of the server: what a real one shows takes days to come about. */
export async function answerOwner(page: Page, path: string, json: unknown): Promise<void> {
  await page.route(`**/api/owner/${path}`, (route) => route.fulfill({ json }));
}
