import type { Id } from '../../../chat-core/src/wire/wire.ts';
import type { Http } from '../api/http.ts';
import { createPushApi } from '../api/push.ts';
import type { Clock } from '../clock.ts';
import type { KeyValueStore } from '../key-value-store.ts';
import { accountPrefix, openAccountKeys } from '../local-db/account-keys.ts';
import type { TabLocation, WorkerMessage } from '../service-worker/tabs.ts';
import { storeLanguage, UNREADABLE_TAG } from '../service-worker/worker-language.ts';
import { unreadChats } from '../state/chat-rows.ts';
import { areMentionsMuted, mutedUntil } from '../state/selectors.ts';
import { type State, signedOut } from '../state/state.ts';
import { chatsWithNewMessages, hasNewMention, readChats } from './new-messages.ts';
import { browserPush, createPush, forgetSubscription, type Push } from './push.ts';
import { createSound } from './sound.ts';

type Deps = {
  container: ServiceWorkerContainer | undefined;
  http: Http;
  keyValueStore: KeyValueStore;
  clock: Clock;
  /** The conversation this tab shows. */
  shown: () => Id | undefined;
  open: (conversationId: Id | undefined) => void;
  /** Only the leading tab plays the sound. */
  isLeader: () => boolean;
  onChange: () => void;
};
export type Notifier = ReturnType<typeof createNotifier>;

/** Notifies of messages that are not in view: the badge, the sound and the pushes. */
export function createNotifier({
  container,
  http,
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
  let dismissedKey = '';
  let badge = 0;

  container?.addEventListener('message', ({ data, ports }: MessageEvent<WorkerMessage>) => {
    const conversationId = shown();
    if (data.type === 'where')
      ports[0]?.postMessage((conversationId ? { conversationId } : {}) satisfies TabLocation);
    else if (data.type === 'open') open(data.conversationId);
  });

  /** Whether the person notices the messages without a sound: in the conversation itself, or by a push to this browser. */
  function isNoticed(conversations: Id[]): boolean {
    if (document.visibilityState !== 'visible') return push?.state() === 'on';
    return document.hasFocus() && conversations.every((id) => id === shown());
  }

  function showBadge(count: number): void {
    if (count === badge || !('setAppBadge' in navigator)) return;
    badge = count;
    const set = count > 0 ? navigator.setAppBadge(count) : navigator.clearAppBadge();
    set.catch(() => undefined);
  }

  /** Closes what was shown before this call: a push that is shown after it is of a message that this page may not have received yet. */
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
    /** Whether to offer notifications: after the first message of another person, until the offer is answered. */
    shouldOffer(state: State): boolean {
      if (push?.state() !== 'off' || keyValueStore.getItem(dismissedKey)) return false;
      return Object.values(state.chats).some(({ last }) => last && last.senderId !== state.me?.id);
    },
    dismissOffer(): void {
      keyValueStore.setItem(dismissedKey, '1');
      onChange();
    },
    /** The account that is signed in now. Without one nothing of the last one is shown or pushed any more. */
    setAccount(userId: Id | undefined): void {
      push = undefined;
      if (userId === undefined) {
        showBadge(0);
        void clear(() => true).catch(() => undefined);
        void forgetSubscription(browser.manager).catch(() => undefined);
        return;
      }
      const prefix = accountPrefix(userId);
      dismissedKey = `${prefix}push-later`;
      push = createPush({
        browser,
        api: createPushApi(http),
        keyValueStore: openAccountKeys(keyValueStore, userId),
        key: `${prefix}push`,
        onChange,
      });
      void push.check();
    },
    update(state: State): void {
      const [old, changed] = [before, before.chats !== state.chats];
      before = state;
      if (!changed) return;
      showBadge(unreadChats(state, clock.now()));
      const news = chatsWithNewMessages(old, state).filter(
        (id) =>
          mutedUntil(state, id, clock.now()) === undefined ||
          (hasNewMention(old, state, id) && !areMentionsMuted(state, id)),
      );
      if (news.length > 0 && isLeader() && !isNoticed(news)) void sound.play().catch(() => undefined);
      const known = readChats(old);
      const read = readChats(state);
      // A group that this person has left has nothing to notify of.
      for (const id in old.chats) if (!(id in state.chats)) read.add(id);
      if (![...read].some((id) => !known.has(id))) return;
      // An unreadable push may belong to any conversation.
      if (Object.keys(state.chats).every((id) => read.has(id))) read.add(UNREADABLE_TAG);
      void clear((tag) => read.has(tag)).catch(() => undefined);
    },
    setLanguage(language: string): void {
      void storeLanguage(language).catch(() => undefined);
    },
  };
}
