import type { Id, PushPayload } from '../../../chat-core/src/wire/wire.ts';
import type { Scope } from './scope.ts';
import { type Note, tabsOf } from './tabs.ts';
import { UNREADABLE_TAG, type Words, wordsOf } from './worker-language.ts';

const ICON = '/icons/icon-192.png';

/** Chromium's option: a notification that takes another's place is heard like a new one. */
type Options = NotificationOptions & { renotify?: boolean };
/** What a notification carries: where a tap leads, and when it was shown (epoch milliseconds). */
export type Carried = { conversationId?: Id; shownAt?: number };

/** A browser's store that never answers must not keep a notification back. */
const LANGUAGE_TIMEOUT_MS = 1_000;

/**
 * Shows what is pushed, one notification for each conversation, and leads there from it. Every push ends in a
 * notification, whatever fails: it was subscribed to with `userVisibleOnly`, and WebKit ends a subscription after a few
 * pushes that called no `showNotification` (decision 0029).
 */
export function createNotices(scope: Scope, language: () => Promise<string | undefined>) {
  const { registration } = scope;

  async function words(): Promise<Words> {
    const late = new Promise<undefined>((done) => setTimeout(done, LANGUAGE_TIMEOUT_MS));
    try {
      return wordsOf(await Promise.race([language(), late]));
    } catch {
      return wordsOf(undefined);
    }
  }

  async function show(notice: PushPayload): Promise<void> {
    if (notice.type === 'test') {
      return registration.showNotification('Bisik', { body: (await words()).test, tag: 'test', icon: ICON });
    }
    const { conversationId } = notice;
    const tabs = await tabsOf(scope).catch(() => []);
    const isInView = tabs.some(({ tab, ...at }) => tab.focused && at.conversationId === conversationId);
    const data: Carried = { conversationId, shownAt: Date.now() };
    const options: Options = {
      body: bodyOf(notice, await words()),
      tag: conversationId,
      icon: ICON,
      data,
      ...(isInView ? { silent: true } : { renotify: true }),
    };
    await registration.showNotification(notice.name || 'Bisik', options);
    // Whoever has the conversation before their eyes sees the message in it.
    if (isInView) await close(conversationId).catch(() => undefined);
  }

  async function close(tag: string): Promise<void> {
    for (const notification of await registration.getNotifications({ tag })) notification.close();
  }

  async function showUnreadable(): Promise<void> {
    const options: Options = {
      body: (await words()).unreadable,
      tag: UNREADABLE_TAG,
      icon: ICON,
      renotify: true,
    };
    await registration.showNotification('Bisik', options);
  }

  /** In the tab that shows the conversation already, else in one that is seen, else in any; in a new one without any. */
  async function open(conversationId: Id | undefined): Promise<void> {
    const tabs = await tabsOf(scope);
    const best =
      tabs.find((tab) => conversationId && tab.conversationId === conversationId) ??
      tabs.find(({ tab }) => tab.visibilityState === 'visible') ??
      tabs[0];
    if (!best) {
      await scope.clients.openWindow(conversationId ? `/#/chat/${conversationId}` : '/');
      return;
    }
    best.tab.postMessage({ type: 'open', conversationId } satisfies Note);
    await best.tab.focus();
  }

  return {
    /** `read` answers what was pushed; what it throws, or what is no notice, is shown without content. */
    async push(read: () => unknown): Promise<void> {
      const notice = noticeOf(read);
      if (notice) await show(notice).catch(showUnreadable);
      else await showUnreadable();
    },
    click(notification: Notification): Promise<void> {
      notification.close();
      return open((notification.data as Carried | null)?.conversationId);
    },
  };
}

function noticeOf(read: () => unknown): PushPayload | undefined {
  try {
    const pushed = read();
    return isNotice(pushed) ? pushed : undefined;
  } catch {
    return undefined;
  }
}

/** Whether every field that is used is of its type: what was sealed for this browser can still be of another version. */
function isNotice(pushed: unknown): pushed is PushPayload {
  if (typeof pushed !== 'object' || pushed === null) return false;
  const { type, conversationId, count, name = '', text = '' } = pushed as Record<string, unknown>;
  if (type === 'test') return true;
  return (
    type === 'message' &&
    typeof conversationId === 'string' &&
    conversationId !== '' &&
    Number.isSafeInteger(count) &&
    typeof name === 'string' &&
    typeof text === 'string'
  );
}

function bodyOf({ count, text }: Extract<PushPayload, { type: 'message' }>, words: Words): string {
  return text || (count > 1 ? words.many(count) : words.one);
}
