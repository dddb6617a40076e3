import type { Id, PushNotice } from '../../../../chat-core/src/wire.ts';
import type { Scope } from './scope.ts';
import { type Note, tabsOf } from './tabs.ts';
import { type Words, wordsOf } from './words.ts';

const ICON = '/icons/icon-192.png';

/** Chromium's option: a notification that takes another's place is heard like a new one. */
type Options = NotificationOptions & { renotify?: boolean };
/** What a notification carries for whoever taps it. */
export type Carried = { conversationId?: Id };

/** Shows what is pushed, one notification for each conversation, and leads there from it. */
export function createNotices(scope: Scope, language: () => Promise<string | undefined>) {
  async function show(notice: PushNotice): Promise<void> {
    const words = wordsOf(await language());
    if (notice.type === 'test') {
      return scope.registration.showNotification('Bisik', { body: words.test, tag: 'test', icon: ICON });
    }
    const { conversationId } = notice;
    // Whoever has the conversation before their eyes sees the message in it.
    const tabs = await tabsOf(scope);
    if (tabs.some(({ tab, ...at }) => tab.focused && at.conversationId === conversationId)) return;
    const data: Carried = { conversationId };
    const options: Options = {
      body: bodyOf(notice, words),
      tag: conversationId,
      icon: ICON,
      data,
      renotify: true,
    };
    await scope.registration.showNotification(notice.name || 'Bisik', options);
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
    /** Whatever cannot be read is shown too, without content: browsers ask for a notification for every push. */
    push: (read: () => unknown) => show(noticeOf(read)),
    click(notification: Notification): Promise<void> {
      notification.close();
      return open((notification.data as Carried | null)?.conversationId);
    },
  };
}

function noticeOf(read: () => unknown): PushNotice {
  try {
    const notice = read() as PushNotice;
    if (notice.type === 'test') return notice;
    if (notice.type === 'message' && typeof notice.conversationId === 'string') return notice;
  } catch {
    // Told of below.
  }
  return { type: 'message', conversationId: '', count: 1 };
}

function bodyOf({ count, text }: Extract<PushNotice, { type: 'message' }>, words: Words): string {
  return text || (count > 1 ? words.many(count) : words.one);
}
