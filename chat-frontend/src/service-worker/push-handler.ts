import type { Id, PushAlert, PushFile, PushPayload } from '../../../chat-core/src/wire/wire.ts';
import type { Scope } from './scope.ts';
import { tabsOf, type WorkerMessage } from './tabs.ts';
import { textsOf, UNREADABLE_TAG, type WorkerTexts } from './worker-language.ts';

const ICON = '/icons/icon-192.png';

/** `renotify` (Chromium): a notification that replaces another alerts like a new one. */
type Options = NotificationOptions & { renotify?: boolean };
/** The data of a notification: the conversation that a tap opens, and when it was shown (epoch milliseconds). */
export type NotificationData = { conversationId?: Id; shownAt?: number };

/** A browser's cache that does not answer must not delay a notification for longer. */
const LANGUAGE_TIMEOUT_MS = 1_000;

/**
 * Shows a notification for each push, one per conversation; a tap opens the conversation. Every push shows one, whatever
 * fails: the subscription is `userVisibleOnly`, and WebKit ends a subscription after a few pushes that called no
 * `showNotification` (decision 0029).
 */
export function createPushHandler(scope: Scope, language: () => Promise<string | undefined>) {
  const { registration } = scope;

  async function texts(): Promise<WorkerTexts> {
    const timeout = new Promise<undefined>((done) => setTimeout(done, LANGUAGE_TIMEOUT_MS));
    try {
      return textsOf(await Promise.race([language(), timeout]));
    } catch {
      return textsOf(undefined);
    }
  }

  async function show(payload: PushPayload): Promise<void> {
    if (payload.type === 'test') {
      return registration.showNotification('Bisik', { body: (await texts()).test, tag: 'test', icon: ICON });
    }
    if (payload.type === 'alert') {
      const body = payload.text[(await texts()).language];
      const options: Options = { body, tag: `alert-${payload.code}`, icon: ICON, renotify: true };
      return registration.showNotification('Bisik', options);
    }
    const { conversationId } = payload;
    const tabs = await tabsOf(scope).catch(() => []);
    const isInView = tabs.some((each) => each.tab.focused && each.conversationId === conversationId);
    const data: NotificationData = { conversationId, shownAt: Date.now() };
    const options: Options = {
      body: bodyOf(payload, await texts()),
      tag: conversationId,
      icon: ICON,
      data,
      ...(isInView ? { silent: true } : { renotify: true }),
    };
    await registration.showNotification(payload.group || payload.name || 'Bisik', options);
    // The person sees the message in the conversation itself.
    if (isInView) await close(conversationId).catch(() => undefined);
  }

  async function close(tag: string): Promise<void> {
    for (const notification of await registration.getNotifications({ tag })) notification.close();
  }

  async function showUnreadable(): Promise<void> {
    const options: Options = {
      body: (await texts()).unreadable,
      tag: UNREADABLE_TAG,
      icon: ICON,
      renotify: true,
    };
    await registration.showNotification('Bisik', options);
  }

  /** In the tab that already shows the conversation, else in a visible tab, else in any tab, else in a new one. */
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
    best.tab.postMessage({ type: 'open', conversationId } satisfies WorkerMessage);
    await best.tab.focus();
  }

  return {
    /** `read` returns the payload. If it throws or the payload is invalid, a notification without content is shown. */
    async push(read: () => unknown): Promise<void> {
      const payload = payloadOf(read);
      if (payload) await show(payload).catch(showUnreadable);
      else await showUnreadable();
    },
    click(notification: Notification): Promise<void> {
      notification.close();
      return open((notification.data as NotificationData | null)?.conversationId);
    },
  };
}

function payloadOf(read: () => unknown): PushPayload | undefined {
  try {
    const pushed = read();
    return isPayload(pushed) ? pushed : undefined;
  } catch {
    return undefined;
  }
}

/** Whether every field that is used is of its type: what was sealed for this browser can still be of another version. */
function isPayload(pushed: unknown): pushed is PushPayload {
  if (typeof pushed !== 'object' || pushed === null) return false;
  const {
    type,
    conversationId,
    count,
    name = '',
    group = '',
    text = '',
    file,
  } = pushed as Record<string, unknown>;
  if (type === 'test') return true;
  if (type === 'alert') return isAlert(pushed as PushAlert);
  return (
    type === 'message' &&
    typeof conversationId === 'string' &&
    conversationId !== '' &&
    Number.isSafeInteger(count) &&
    typeof name === 'string' &&
    typeof group === 'string' &&
    typeof text === 'string' &&
    (file === undefined || isFile(file))
  );
}

function isAlert({ code, text }: PushAlert): boolean {
  return typeof code === 'string' && typeof text?.id === 'string' && typeof text.en === 'string';
}

/** Whether the fields of a file are of their types; a kind of another version is named like any file. */
function isFile(file: unknown): boolean {
  if (typeof file !== 'object' || file === null) return false;
  const { count, name = '', seconds = 0 } = file as Record<string, unknown>;
  return Number.isSafeInteger(count) && typeof name === 'string' && Number.isSafeInteger(seconds);
}

/** The newest message: its file by its kind, then its text, in a group after its sender; else how many there are. */
function bodyOf(
  { count, name, group, text, file }: Extract<PushPayload, { type: 'message' }>,
  texts: WorkerTexts,
): string {
  const shown = [file && nameOf(file, texts), text].filter(Boolean).join(' · ');
  const body = shown || (count > 1 ? texts.many(count) : texts.one);
  return group && name && (shown || count < 2) ? `${name}: ${body}` : body;
}

function nameOf({ kind, count, name, seconds = 0 }: PushFile, texts: WorkerTexts): string {
  if (kind === 'photo') return texts.photo(count);
  if (kind === 'video') return texts.video;
  if (kind === 'voice') return `🎙 ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  if (kind === 'audio') return name ? `🎵 ${name}` : texts.audio;
  return name ? `📎 ${name}` : texts.file;
}
