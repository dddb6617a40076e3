import type { Activity, Delta, Id } from '../../../chat-core/src/wire/wire.ts';
import type { Api } from '../api/api.ts';
import type { ApiErrorCode } from '../api/api-error.ts';
import { type Clock, stopwatch } from '../clock.ts';
import { createDiagnosis } from '../connection/diagnose.ts';
import type { KeyValueStore } from '../key-value-store.ts';
import type { AccountStorage } from '../local-db/account-storage.ts';
import { createMessageActions } from '../outbox/message-actions.ts';
import type { SendOptions } from '../outbox/outbox.ts';
import { createAccountOutbox, createSendScheduler } from '../outbox/send-scheduler.ts';
import type { NewFile } from '../outbox/uploads.lazy.ts';
import type { ConnectionStatus } from '../state/connection-status.ts';
import { departedChats, picturesOf } from '../state/departed.ts';
import { mayExpire } from '../state/expiry.ts';
import { isRemoved } from '../state/message-range.ts';
import { createHistory } from '../sync/history.ts';
import { createPictures } from '../sync/pictures.ts';
import { createSync, type Position } from '../sync/sync.ts';
import { createTypingTimeout } from '../sync/typing.ts';
import type { TabChannel } from './tabs.ts';

type Deps = {
  api: Api;
  keyValueStore: KeyValueStore;
  clock: Clock;
  tabs: TabChannel;
  storage: AccountStorage;
  position: Position;
  isLeader: () => boolean;
  activity: () => Activity;
  probe: () => Promise<ConnectionStatus>;
  onFailure: (code: ApiErrorCode) => void;
  redraw: () => void;
};

/** What travels between one account's state and the server: the poll, the outbox, history and pictures. */
export function createAccountSync(userId: Id, deps: Deps) {
  const { api, clock, tabs, storage, position, isLeader, activity, probe, redraw } = deps;
  const { store, outboxStore } = storage;
  let isClosed = false;

  const outbox = createAccountOutbox(userId, { api, clock, storage, tabs });
  const { finish, forget, mutations, ...messageActions } = createMessageActions(userId, { ...deps, store });
  const scheduler = createSendScheduler({ outbox, mutations, outboxStore, clock });
  const isGroup = (id: Id) => id in store.get().chats;
  const history = createHistory(userId, api, store, storage.newestMessages, clock);
  const pictures = createPictures(
    (id, pictureId) =>
      storage.picture(pictureId, () => (isGroup(id) ? api.groupPicture(id) : api.picture(id))),
    clock,
    redraw,
  );
  const typingTimeout = createTypingTimeout(
    stopwatch,
    () => store.get().typing,
    () => store.dispatch({ type: 'time', at: stopwatch.now() }),
  );
  let expiry: ReturnType<typeof import('../sync/expiry.lazy.ts').createExpiry> | undefined;
  const reportStatus = createDiagnosis(probe, setStatus);
  const sync = createSync({
    poll: api.sync,
    clock,
    position,
    activity,
    online: () => navigator.onLine,
    onDelta(delta, from) {
      apply(delta);
      outbox.confirm((delta.messages ?? []).map((message) => message.id));
      if (isLeader()) tabs.delta(delta, from);
    },
    onUnchanged: () => store.dispatch({ type: 'up-to-date' }),
    onStatus: (status) => void reportStatus(status),
  });

  function setStatus(status: ConnectionStatus): void {
    const before = store.get().connection;
    if (isClosed) return;
    store.dispatch({ type: 'connection', status, at: clock.now() });
    if (isLeader() && status !== before) tabs.link(status);
    if (status !== 'ok' || before === 'ok') return;
    scheduler.retryNow();
    history.retryNow();
    pictures.retryNow();
  }

  function apply(delta: Delta): void {
    const before = store.get();
    const departed = departedChats(before, delta);
    store.dispatch({ type: 'delta', delta, at: stopwatch.now() });
    typingTimeout.update();
    checkExpiry();
    if (departed.length > 0) forgetChats(departed);
    const messages = (delta.messages ?? []).filter(isRemoved);
    const all = delta.reset === true && before.ready;
    if (all || departed.length + messages.length > 0)
      import('../local-db/kept-pictures.ts')
        .then((part) => part.forgetKeptPictures(userId, { conversationIds: departed, messages, all }))
        .catch(() => undefined);
  }

  /** Messages that expire are forgotten at their time. */
  function checkExpiry(): void {
    expiry?.check();
    if (expiry || !mayExpire(store.get())) return;
    import('../sync/expiry.lazy.ts')
      .then((part) => {
        expiry ??= part.createExpiry(userId, { store, clock, isLeader });
        if (isClosed) expiry.close();
        expiry.check();
      })
      .catch(() => undefined);
  }

  /** What was written there goes too, whether or not it was sent. */
  function forgetChats(ids: Id[]): void {
    storage.forgetDrafts(ids);
    outbox.forget(ids);
    forget(ids);
    pictures.keepOnly(picturesOf(store.get()));
  }

  return {
    ...sync,
    /** What the person can do. */
    actions: {
      ...history,
      ...messageActions,
      send: outbox.add,
      sendFiles(conversationId: Id, ...message: [string, readonly NewFile[], SendOptions?]) {
        history.toNewest(conversationId);
        return outbox.sendFiles(conversationId, ...message);
      },
      pauseUpload: outbox.pauseUpload,
      pendingContent: outbox.pendingContent,
      storesFiles: outbox.storesFiles,
      retry: outbox.retry,
      remove: outbox.remove,
      unsent: scheduler.count,
      picture: pictures.urlOf,
      withoutPolling: sync.withoutPolling,
    },
    outbox,
    scheduler,
    finish,
    setLeader(value: boolean): void {
      sync.setLeader(value);
      scheduler.setLeader(value);
    },
    /** A delta that another tab fetched. If it does not start at this tab's cursor, a poll of its own fills the gap. */
    applyFromTab(delta: Delta, from: string | null): void {
      if (isLeader()) sync.missedDelta();
      else if (from === position.cursor) {
        apply(delta);
        position.cursor = delta.cursor;
      } else void sync.poll();
    },
    resume(cursor: string | null): void {
      if (cursor !== null && position.cursor === null) sync.resume(cursor);
      outbox.changedElsewhere();
      checkExpiry();
    },
    close(): void {
      isClosed = true;
      expiry?.close();
      typingTimeout.close();
      scheduler.close();
      sync.close();
    },
  };
}
