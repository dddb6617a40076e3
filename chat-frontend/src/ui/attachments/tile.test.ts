// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from 'vitest';
import { after, start } from '../../../test/support/factories.ts';
import { fakeClock } from '../../../test/support/fake-clock.ts';
import { ApiError, type ApiErrorCode } from '../../api/api-error.ts';
import { enFiles } from '../../i18n/en/files.ts';
import { en } from '../../i18n/en.ts';
import { createI18n } from '../../i18n/i18n.ts';
import type { Ui } from '../ui.ts';
import { createTile } from './tile.ts';

/** Reports every node as near the visible part. */
class NearObserver {
  private readonly onChange: IntersectionObserverCallback;
  constructor(onChange: IntersectionObserverCallback) {
    this.onChange = onChange;
  }
  observe(target: Element): void {
    const entry = { target, isIntersecting: true } as IntersectionObserverEntry;
    this.onChange([entry], this as unknown as IntersectionObserver);
  }
}

afterEach(() => vi.unstubAllGlobals());

/** The tile of a picture on a server that refuses with `refuse` as long as there is one. */
async function openTile(refuse: ApiErrorCode | undefined) {
  vi.stubGlobal('IntersectionObserver', NearObserver);
  const time = fakeClock();
  const server = { refuse, requests: 0 };
  const opened: string[] = [];
  const http = {
    base: '/api',
    async request() {
      server.requests += 1;
      if (server.refuse) throw new ApiError(server.refuse, 503);
      return new Response(new Uint8Array(3));
    },
  };
  const i18n = createI18n('en', { ...en, ...enFiles });
  const ui = { i18n, http, clock: time.clock, state: () => after(...start(0)), limit: () => 'chats' };
  const file = { id: crypto.randomUUID(), name: 'kolam.png', type: 'image/png', size: 3, alt: 'kolam' };
  const context = { conversationId: 'c', open: (id: string) => opened.push(id) };
  const { node } = createTile(ui as unknown as Ui, context, { file, seq: 7, more: 0 });
  document.body.replaceChildren(node);
  await time.settle();
  return { node, time, server, opened, label: () => node.getAttribute('aria-label') };
}

test('a picture that could not be loaded says so once its attempts have failed, and a press loads it again', async () => {
  const { node, time, server, opened, label } = await openTile('NETWORK');
  await time.pass(2_000);
  expect([node.textContent, label()]).toEqual([en['form.busy'], `Photo: kolam. ${en['form.busy']}`]);
  await time.pass(120_000);
  expect(node.textContent).toBe(enFiles['file.failed']);
  expect(label()).toBe(`Photo: kolam. ${enFiles['file.failed']}`);
  const before = server.requests;
  server.refuse = undefined;
  node.click();
  await time.pass(1_000);
  expect(server.requests).toBe(before + 1);
  expect([node.textContent, label(), opened]).toEqual(['', 'Photo: kolam', []]);
});

test('a picture that is gone is not asked for again, and a press opens the viewer, which says so too', async () => {
  const { node, time, server, opened, label } = await openTile('NO_SUCH_FILE');
  await time.pass(120_000);
  expect(label()).toBe(`Photo: kolam. ${enFiles['file.gone']}`);
  node.click();
  await time.pass(120_000);
  expect([server.requests, opened.length]).toEqual([1, 1]);
});
