import type { Id } from '../../chat-core/src/wire.ts';
import type { Api, MessageAt } from './api.ts';
import type { Clock } from './clock.ts';
import { createDeletions } from './deletions.ts';
import type { FailureCode } from './failure.ts';
import { owesReadMark } from './marks.ts';
import { createReading } from './reading.ts';
import type { Store } from './store.ts';
import { createTyping } from './typing.ts';

type Deps = {
  api: Pick<Api, 'edit' | 'remove' | 'typing' | 'readUpTo'>;
  store: Pick<Store, 'get' | 'dispatch'>;
  clock: Clock;
  onFailure: (code: FailureCode) => void;
};

/** What is done to messages that the box has, and telling it which are read and that another is being written. */
export function createDeeds(myId: Id, { api, store, clock, onFailure }: Deps) {
  const tellTyping = createTyping(clock, api.typing);
  const remove = async (at: MessageAt, whom: 'me' | 'everyone') =>
    store.dispatch({ type: 'changed', message: await api.remove(at, whom) });
  const reading = createReading({
    clock,
    tell: api.readUpTo,
    onTold: (answer) => store.dispatch({ type: 'read', answer }),
  });
  const deletions = createDeletions({
    clock,
    remove: (at) => remove(at, 'me'),
    onChange: (ids) => store.dispatch({ type: 'leaving', ids }),
    onFailure,
  });

  return {
    /** Whoever lets nobody know tells nobody, and until it is known whom they let, nobody either. */
    typing(conversationId: Id): void {
      const { me, link } = store.get();
      const open = me && 'privacy' in me && me.privacy.typing !== 'nobody';
      if (open && link === 'ok') tellTyping(conversationId);
    },
    markSeen(conversationId: Id, seq: number): void {
      store.dispatch({ type: 'seen', conversationId, seq });
      const chat = store.get().chats[conversationId];
      if (chat && owesReadMark(chat, myId)) reading.tell(conversationId, seq);
    },
    async edit(at: MessageAt, text: string): Promise<void> {
      store.dispatch({ type: 'changed', message: await api.edit(at, text) });
    },
    deleteForMe: deletions.begin,
    undoDelete: deletions.undo,
    deleteForEveryone: (at: MessageAt) => remove(at, 'everyone'),
    finish: deletions.finish,
  };
}
