import { afterEach, expect, test, vi } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { openTabChannel } from './tabs.ts';

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
  const received: string[] = [];
  const tabs = openTabChannel(userId, time.clock);
  tabs.start(
    ({ type }) => received.push(type),
    () => received.push('isolated'),
  );
  return { tabs, received, ...time };
}

test('tabs of one account receive the messages of the others, and none is isolated', async () => {
  channels();
  const [a, b, other] = [openTab(), openTab(), openTab('other')];
  a.tabs.written('cursor');
  await b.pass(10_000);
  await a.pass(10_000);
  expect([a.received, b.received, other.received, a.tabs.isIsolated()]).toEqual([[], ['written'], [], false]);
});

test('a browser that delivers nothing between tabs is detected after two seconds', async () => {
  channels(true);
  const { tabs, received, pass } = openTab();
  await pass(1_999);
  expect(received).toEqual([]);
  await pass(1);
  expect([received, tabs.isIsolated()]).toEqual([['isolated'], true]);
  expect(() => tabs.written('cursor')).not.toThrow();
});

test('a browser that refuses a channel is detected at once', async () => {
  vi.stubGlobal('BroadcastChannel', () => {
    throw new DOMException('denied', 'SecurityError');
  });
  const { tabs } = openTab();
  expect(tabs.isIsolated()).toBe(true);
  expect(() => tabs.written('cursor')).not.toThrow();
  tabs.close();
});

test('a closed channel neither reports isolation nor is used any more', async () => {
  channels(true);
  const { tabs, received, pass } = openTab();
  tabs.close();
  tabs.written('cursor');
  await pass(5_000);
  expect(received).toEqual([]);
});

test('a tab that received nothing in time still posts to the others, which may receive it', async () => {
  const browser = channels(true);
  const [a, b] = [openTab(), openTab()];
  await a.pass(2_000);
  browser.isSilent = false;
  a.tabs.written('cursor');
  await b.settle();
  expect([a.received, b.received]).toEqual([['isolated'], ['written']]);
});
