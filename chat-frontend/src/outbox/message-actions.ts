import type { Id } from '../../../chat-core/src/wire/wire.ts';
import type { Api, MessageRef } from '../api/api.ts';
import type { ApiErrorCode } from '../api/api-error.ts';
import { type Clock, stopwatch } from '../clock.ts';
import type { KeyValueStore } from '../key-value-store.ts';
import { owesReadReceipt } from '../state/receipts.ts';
import type { Store } from '../state/store.ts';
import { createReadReceipts } from '../sync/read-receipts.ts';
import { createTypingNotifier } from '../sync/typing.ts';
import { createDeletions } from './deletions.ts';
import { createChanges } from './mutation-queue.ts';

type Deps = {
  api: Pick<Api, 'edit' | 'remove' | 'typing' | 'readUpTo'>;
  keyValueStore: KeyValueStore;
  store: Pick<Store, 'get' | 'dispatch'>;
  clock: Clock;
  onFailure: (code: ApiErrorCode) => void;
};

/** What is done to messages that the box has, and telling it which are read and that another is being written. */
export function createDeeds(myId: Id, { api, store, keyValueStore, clock, onFailure }: Deps) {
  const notifyTyping = createTypingNotifier(stopwatch, api.typing);
  const changes = createChanges(myId, {
    keyValueStore,
    clock,
    isAway: () => store.get().connection !== 'ok',
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
  const deletions = createDeletions({
    clock,
    remove: (at) => changes.make(at, { kind: 'me' }),
    onChange: (ids) => store.dispatch({ type: 'pending-deletions', ids }),
    onFailure,
  });

  return {
    /** Whoever lets nobody know tells nobody, and until it is known whom they let, nobody either. */
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
    /** Without having looked: of its messages perhaps none is here. */
    markRead(conversationId: Id, seq: number): void {
      store.dispatch({ type: 'seen', conversationId, seq });
      receipts.send(conversationId, seq);
    },
    /** The three that change a message resolve when that is done, or kept until the box is there. */
    edit: (at: MessageRef, text: string) => changes.make(at, { kind: 'edit', text }),
    deleteForMe: deletions.begin,
    undoDelete: deletions.undo,
    deleteForEveryone: (at: MessageRef) => changes.make(at, { kind: 'everyone' }),
    retryMutation: changes.retry,
    dropMutation: changes.drop,
    changes,
    finish: deletions.finish,
  };
}
