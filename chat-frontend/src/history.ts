import type { Id } from '../../chat-core/src/wire.ts';
import { type Api, failureOf } from './api.ts';
import type { Store } from './store.ts';

const PAGE = 40;

/** Reads the history of conversations, page by page, each page once at a time. */
export function createHistory(myId: Id, api: Api, store: Store) {
  async function load(conversationId: Id, before?: number): Promise<void> {
    store.dispatch({ type: 'history-asked', conversationId });
    const query = { myId, conversationId, limit: PAGE, ...(before === undefined ? {} : { before }) };
    try {
      const messages = await api.history(query);
      store.dispatch({ type: 'history', conversationId, before, messages, limit: PAGE });
    } catch (thrown) {
      store.dispatch({ type: 'history-failed', conversationId, code: failureOf(thrown).code });
    }
  }

  return {
    /** Reads the newest page of a conversation that was not read yet. */
    open(conversationId: Id): void {
      const chat = store.get().chats[conversationId];
      if (chat && !chat.loaded && !chat.loading && !chat.failure) void load(conversationId);
    },
    /** Reads the page before what is shown; the newest one when nothing is. */
    loadOlder(conversationId: Id): void {
      const chat = store.get().chats[conversationId];
      if (!chat || chat.loading || chat.complete) return;
      void load(conversationId, chat.loaded ? chat.messages[0]?.seq : undefined);
    },
  };
}
