import type { Id } from '../../../chat-core/src/wire/wire.ts';
import type { Clock } from '../clock.ts';
import type { KeyValueStore } from '../key-value-store.ts';
import { keptPrefix } from '../local-db/drafts.ts';
import type { Note, Where } from '../service-worker/tabs.ts';
import { keepLanguage, UNREADABLE_TAG } from '../service-worker/worker-language.ts';
import { unreadChats } from '../state/chat-rows.ts';
import { mutedUntil } from '../state/selectors.ts';
import { type State, signedOut } from '../state/state.ts';
import { newsIn, readIn } from './new-messages.ts';
import { browserPush, createPush, forgetSubscription, type Push, type PushApi } from './push.ts';
import { createSound } from './sound.ts';

type Deps = {
  container: ServiceWorkerContainer | undefined;
  api: PushApi;
  keyValueStore: KeyValueStore;
  clock: Clock;
  /** The conversation this tab shows. */
  shown: () => Id | undefined;
  open: (conversationId: Id | undefined) => void;
  /** Whether this tab speaks for the browser. */
  isLeader: () => boolean;
  onChange: () => void;
};
export type Alerts = ReturnType<typeof createAlerts>;

/** How somebody hears of messages who is not looking at them: the badge, the sound, the notifications. */
export function createAlerts({
  container,
  api,
  keyValueStore,
  clock,
  shown,
  open,
  isLeader,
  onChange,
}: Deps) {
  const sound = createSound({ keyValueStore, clock });
  const browser = browserPush(container);
  let before: State = signedOut;
  let push: Push | undefined;
  let laterKey = '';
  let badge = 0;

  container?.addEventListener('message', ({ data, ports }: MessageEvent<Note>) => {
    const conversationId = shown();
    if (data.type === 'where')
      ports[0]?.postMessage((conversationId ? { conversationId } : {}) satisfies Where);
    else if (data.type === 'open') open(data.conversationId);
  });

  /** Whether somebody hears of it elsewhere: in the conversation itself, or by a push to this browser. */
  function isHeard(conversations: Id[]): boolean {
    if (document.visibilityState !== 'visible') return push?.state() === 'on';
    return document.hasFocus() && conversations.every((id) => id === shown());
  }

  function showBadge(count: number): void {
    if (count === badge || !('setAppBadge' in navigator)) return;
    badge = count;
    const set = count > 0 ? navigator.setAppBadge(count) : navigator.clearAppBadge();
    set.catch(() => undefined);
  }

  /** Closes what was shown before this call: a later push is of a message that this page may not have received yet. */
  async function clear(isRead: (id: Id) => boolean): Promise<void> {
    const calledAt = Date.now();
    const registration = await container?.getRegistration();
    for (const one of (await registration?.getNotifications()) ?? []) {
      if (isRead(one.tag) && !(one.data?.shownAt > calledAt)) one.close();
    }
  }

  return {
    sound,
    push: () => push,
    /** Whether to offer notifications: once something has come that one could have been told of, and until it was answered. */
    isToOffer(state: State): boolean {
      if (push?.state() !== 'off' || keyValueStore.getItem(laterKey)) return false;
      return Object.values(state.chats).some(({ last }) => last && last.senderId !== state.me?.id);
    },
    offerLater(): void {
      keyValueStore.setItem(laterKey, '1');
      onChange();
    },
    begin(userId: Id): void {
      const prefix = keptPrefix(userId);
      laterKey = `${prefix}push-later`;
      push = createPush({ browser, api, keyValueStore, key: `${prefix}push`, onChange });
      void push.check();
    },
    /** Nobody is signed in: nothing of theirs is shown or comes any more. */
    async end(): Promise<void> {
      push = undefined;
      showBadge(0);
      void clear(() => true).catch(() => undefined);
      await forgetSubscription(browser.manager).catch(() => undefined);
    },
    update(state: State): void {
      const [old, changed] = [before, before.chats !== state.chats];
      before = state;
      if (!changed) return;
      showBadge(unreadChats(state, clock.now()));
      const news = newsIn(old, state).filter((id) => mutedUntil(state, id, clock.now()) === undefined);
      if (news.length > 0 && isLeader() && !isHeard(news)) void sound.play().catch(() => undefined);
      const known = readIn(old);
      const read = readIn(state);
      if (![...read].some((id) => !known.has(id))) return;
      // What could not be read may have been of any conversation.
      if (read.size === Object.keys(state.chats).length) read.add(UNREADABLE_TAG);
      void clear((tag) => read.has(tag)).catch(() => undefined);
    },
    speak(language: string): void {
      void keepLanguage(language).catch(() => undefined);
    },
  };
}
