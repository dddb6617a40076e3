import { afterEach, expect, test, vi } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { openTabs } from './tabs.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

/** A channel of a browser: what one object posts the others hear, unless it is silent. */
function channels(isSilent = false) {
  const browser = { isSilent };
  const open = new Set<Channel>();
  class Channel {
    onmessage?: (event: { data: unknown }) => void;
    constructor() {
      open.add(this);
    }
    postMessage(data: unknown): void {
      if (!open.has(this)) throw new DOMException('closed', 'InvalidStateError');
      if (browser.isSilent) return;
      for (const other of open) if (other !== this) queueMicrotask(() => other.onmessage?.({ data }));
    }
    close(): void {
      open.delete(this);
    }
  }
  vi.stubGlobal('BroadcastChannel', Channel);
  return browser;
}

function openTab(userId = 'me') {
  const time = fakeClock();
  const heard: string[] = [];
  const tabs = openTabs(
    userId,
    time.clock,
    (note) => heard.push(note.type),
    () => heard.push('deaf'),
  );
  return { tabs, heard, ...time };
}

test('tabs of one account hear each other, and none is deaf', async () => {
  channels();
  const [a, b, other] = [openTab(), openTab(), openTab('other')];
  a.tabs.kept('cursor');
  await b.pass(10_000);
  await a.pass(10_000);
  expect([a.heard, b.heard, other.heard, a.tabs.isDeaf()]).toEqual([[], ['kept'], [], false]);
});

test('a browser that carries nothing between tabs is found out after two seconds', async () => {
  channels(true);
  const { tabs, heard, pass } = openTab();
  await pass(1_999);
  expect(heard).toEqual([]);
  await pass(1);
  expect([heard, tabs.isDeaf()]).toEqual([['deaf'], true]);
  expect(() => tabs.kept('cursor')).not.toThrow();
});

test('a browser that refuses a channel is found out at once', async () => {
  vi.stubGlobal('BroadcastChannel', () => {
    throw new DOMException('denied', 'SecurityError');
  });
  const { tabs } = openTab();
  expect(tabs.isDeaf()).toBe(true);
  expect(() => tabs.kept('cursor')).not.toThrow();
  tabs.close();
});

test('a line that was closed is neither deaf nor used any more', async () => {
  channels(true);
  const { tabs, heard, pass } = openTab();
  tabs.close();
  tabs.kept('cursor');
  await pass(5_000);
  expect(heard).toEqual([]);
});

test('a tab that heard nothing in time still posts to the others, which may hear it', async () => {
  const browser = channels(true);
  const [a, b] = [openTab(), openTab()];
  await a.pass(2_000);
  browser.isSilent = false;
  a.tabs.kept('cursor');
  await b.settle();
  expect([a.heard, b.heard]).toEqual([['deaf'], ['kept']]);
});
