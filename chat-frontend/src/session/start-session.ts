import type { Id } from '../../../chat-core/src/wire/wire.ts';
import type { Api } from '../api/api.ts';
import type { ApiErrorCode } from '../api/api-error.ts';
import { type Clock, stopwatch } from '../clock.ts';
import type { KeyValueStore } from '../key-value-store.ts';
import { createAccountStorage } from '../local-db/account-storage.ts';
import type { ConnectionStatus } from '../state/connection-status.ts';
import type { Draft } from '../state/draft.ts';
import type { Store } from '../state/store.ts';
import { createActivity } from '../sync/activity.ts';
import type { Position } from '../sync/sync.ts';
import { createAccountSync } from './account-sync.ts';
import { createLeadership } from './leader.ts';
import { createTokenRefresh, type Session, type SessionStore } from './session.ts';
import { openTabChannel, type TabMessage } from './tabs.ts';

type Deps = {
  api: Api;
  store: Store;
  keyValueStore: KeyValueStore;
  /** The clock of the server. */
  clock: Clock;
  session: SessionStore;
  /** Finds out why nothing answers. */
  probe: () => Promise<ConnectionStatus>;
  /** A queued action has failed for good. */
  onFailure: (code: ApiErrorCode) => void;
  /** Something outside the state has changed: a picture was loaded, or the page is visible again. */
  redraw: () => void;
};
export type ActiveSession = ReturnType<typeof startSession>;

/**
 * Everything that lives as long as one account is signed in. First the leadership, which decides which tab polls, sends
 * and writes; then the persistence, through which all changes of the state go; then the sync with the server.
 */
export function startSession({ id, username }: Session, deps: Deps) {
  const { api, keyValueStore, clock, redraw } = deps;
  const closing = new AbortController();
  const { signal } = closing;
  let isStorageRead = false;

  const tabs = openTabChannel(id, clock);
  const leadership = createLeadership(keyValueStore, tabs);
  const { isLeader } = leadership;

  const position: Position = { cursor: null };
  const storage = createAccountStorage(id, { ...deps, tabs, cursor: () => position.cursor, leads: isLeader });
  const { store } = storage;

  const activity = createActivity(stopwatch);
  const sync = createAccountSync(id, { ...deps, tabs, storage, position, isLeader, activity: activity.now });
  const tokenRefresh = createTokenRefresh(api, deps.session, isLeader);

  function onLeaderChange(value: boolean, isTakenOver?: boolean): void {
    sync.setLeader(value);
    if (!value && isTakenOver) sync.catchUp();
    storage.schedule();
    tokenRefresh.check();
  }

  function onTabMessage(message: TabMessage): void {
    if (message.type === 'link')
      store.dispatch({ type: 'connection', status: message.link, at: clock.now() });
    else if (message.type === 'sent') store.dispatch({ type: 'sent', message: message.message });
    else if (message.type === 'delta') {
      if (isStorageRead) sync.applyFromTab(message.delta, message.from);
    } else {
      storage.follow(message);
      if (message.type === 'unsent') sync.outbox.changedElsewhere();
    }
  }

  function readDrafts(): void {
    store.dispatch({ type: 'drafts', drafts: storage.drafts() });
  }

  const onActivity = {
    onVisible() {
      redraw();
      // A tab that was frozen may have missed what others wrote.
      readDrafts();
      if (!isLeader()) return leadership.claim();
      void sync.poll();
      sync.scheduler.retryNow();
    },
    onHidden() {
      storage.flush();
      leadership.wait();
      // The server holds no poll for a hidden page.
      if (isLeader()) void sync.poll();
    },
    onPageHide() {
      void sync.finish();
      storage.flush();
      leadership.leave();
    },
  };

  function resumeFrom(cursor: string | null): void {
    if (!signal.aborted) sync.resume(cursor);
  }

  /** Polls from the cursor of the stored state. */
  async function begin(): Promise<void> {
    const cursor = await storage.begin(resumeFrom);
    if (signal.aborted) return;
    isStorageRead = true;
    resumeFrom(cursor);
    if (tabs.isIsolated()) leadership.lead();
    if (document.visibilityState !== 'visible') void sync.poll();
    activity.start(onActivity);
  }

  leadership.start(onLeaderChange);
  tabs.start(onTabMessage, () => isStorageRead && leadership.lead());

  // A held poll may hang on a connection that died with the change of network.
  for (const change of ['online', 'offline']) {
    window.addEventListener(change, () => isLeader() && sync.pollAgain(), { signal });
  }
  window.addEventListener(
    'storage',
    ({ key }) => {
      sync.scheduler.storageChanged(key);
      if (storage.isDraftKey(key)) readDrafts();
      leadership.storageChanged(key);
    },
    { signal },
  );

  store.dispatch({ type: 'signed-in', me: { id, username }, drafts: storage.drafts() });
  sync.scheduler.notify();
  const beginning = begin();

  return {
    ...sync.actions,
    poll: () => beginning.then(sync.pollAgain),
    saveDraft(conversationId: Id, draft: Draft): void {
      // A composer that was open when this person left the group.
      if (store.get().live && !store.get().chats[conversationId]) return;
      storage.saveDraft(conversationId, draft);
      store.dispatch({ type: 'draft', conversationId, draft });
    },
    isLeader,
    activity: activity.now,
    /** True until it is known that this browser stores no chats. */
    storesChats: () => !isStorageRead || storage.storesChats(),
    finish: sync.finish,
    wipe: storage.wipe,
    close(): void {
      void sync.finish();
      activity.close();
      closing.abort();
      tokenRefresh.close();
      leadership.close();
      sync.close();
      storage.close();
      tabs.close();
      store.dispatch({ type: 'signed-out' });
    },
  };
}
