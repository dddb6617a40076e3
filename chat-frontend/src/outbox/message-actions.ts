import type { Id } from '../../../chat-core/src/wire/wire.ts';
import type { Api, MessageRef } from '../api/api.ts';
import type { ApiErrorCode } from '../api/api-error.ts';
import { type Clock, stopwatch } from '../clock.ts';
import type { KeyValueStore } from '../key-value-store.ts';
import { owesReadReceipt } from '../state/receipts.ts';
import type { Store } from '../state/store.ts';
import { createReadReceipts } from '../sync/read-receipts.ts';
import { createTypingNotifier } from '../sync/typing.ts';
import { createMutationQueue, createUndoableDeletions } from './mutation-queue.ts';

type Deps = {
  api: Pick<Api, 'edit' | 'remove' | 'typing' | 'readUpTo'>;
  keyValueStore: KeyValueStore;
  store: Pick<Store, 'get' | 'dispatch'>;
  clock: Clock;
  onFailure: (code: ApiErrorCode) => void;
};

/** What a person does with stored messages: edit, delete and read them, and type the next one. */
export function createMessageActions(myId: Id, { api, store, keyValueStore, clock, onFailure }: Deps) {
  const notifyTyping = createTypingNotifier(stopwatch, api.typing);
  const mutations = createMutationQueue(myId, {
    keyValueStore,
    clock,
    isOffline: () => store.get().connection !== 'ok',
    async apply(at, mutation) {
      const message =
        mutation.kind === 'edit' ? await api.edit(at, mutation.text) : await api.remove(at, mutation.kind);
      store.dispatch({ type: 'changed', message });
    },
    onChange: (list) => store.dispatch({ type: 'mutations', mutations: list }),
    onRefused: onFailure,
  });
  const receipts = createReadReceipts({
    clock: stopwatch,
    send: api.readUpTo,
    onSent: (answer) => store.dispatch({ type: 'read', answer }),
  });
  const deletions = createUndoableDeletions({
    clock,
    remove: (at) => mutations.add(at, { kind: 'me' }),
    onChange: (ids) => store.dispatch({ type: 'pending-deletions', ids }),
    onFailure,
  });

  return {
    /** Reports typing, unless this person's privacy setting forbids it or is not known yet. */
    typing(conversationId: Id): void {
      const { me, connection } = store.get();
      const open = me && 'privacy' in me && me.privacy.typing !== 'nobody';
      if (open && connection === 'ok') notifyTyping(conversationId);
    },
    markSeen(conversationId: Id, seq: number): void {
      store.dispatch({ type: 'seen', conversationId, seq });
      const chat = store.get().chats[conversationId];
      if (chat && owesReadReceipt(chat, myId, seq)) receipts.send(conversationId, seq);
    },
    /** Marks a conversation as read that may have none of its messages loaded. */
    markRead(conversationId: Id, seq: number): void {
      store.dispatch({ type: 'seen', conversationId, seq });
      receipts.send(conversationId, seq);
    },
    /** The three mutations resolve when they are done or queued. */
    edit: (at: MessageRef, text: string) => mutations.add(at, { kind: 'edit', text }),
    deleteForMe: deletions.begin,
    undoDelete: deletions.undo,
    deleteForEveryone: (at: MessageRef) => mutations.add(at, { kind: 'everyone' }),
    retryMutation: mutations.retry,
    dropMutation: mutations.drop,
    mutations,
    finish: deletions.finish,
    /** Drops what waits in conversations that are gone. */
    forget(conversationIds: readonly Id[]): void {
      deletions.forget(conversationIds);
      mutations.forget(conversationIds);
    },
  };
}
