// @vitest-environment happy-dom
import { expect, it, vi } from 'vitest';
import { after, chatId, start } from '../../test/support/factories.ts';
import { fakeClock } from '../../test/support/fake-clock.ts';
import type { Http } from '../api/http.ts';
import { memoryKeyValueStore } from '../key-value-store.ts';
import { createNotifier } from './notifications.ts';

vi.stubGlobal('isSecureContext', true);

it('a push that is shown while read conversations are cleared stays, because this page may not have its message yet', async () => {
  let answer: (list: object[]) => void = () => undefined;
  const getNotifications = () =>
    new Promise<object[]>((resolve) => {
      answer = resolve;
    });
  const container = {
    addEventListener: () => undefined,
    getRegistration: async () => ({ getNotifications }),
  };
  const notifier = createNotifier({
    container: container as unknown as ServiceWorkerContainer,
    http: {} as Http,
    keyValueStore: memoryKeyValueStore(),
    clock: fakeClock().clock,
    shown: () => undefined,
    open: () => undefined,
    isLeader: () => true,
    onChange: () => undefined,
  });
  const [old, fresh] = [vi.fn(), vi.fn()];

  notifier.update(after(...start(3), { type: 'seen', conversationId: chatId, seq: 3 }));
  await vi.waitFor(() => expect(String(answer)).not.toContain('undefined'));
  answer([
    { tag: chatId, data: { shownAt: Date.now() - 60_000 }, close: old },
    { tag: chatId, data: { shownAt: Date.now() + 60_000 }, close: fresh },
  ]);

  await vi.waitFor(() => expect(old).toHaveBeenCalledOnce());
  expect(fresh).not.toHaveBeenCalled();
});
