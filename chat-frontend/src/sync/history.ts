import type { Id, Message } from '../../../chat-core/src/wire/wire.ts';
import type { Api } from '../api/api.ts';
import { toApiError } from '../api/api-error.ts';
import { wallClock } from '../clock.ts';
import { createDeadline } from '../deadline.ts';
import { type Chat, firstSeqOf } from '../state/chat.ts';
import type { Store } from '../state/store.ts';

const PAGE = 40;
/** Messages after the target in the page around it. */
const AFTER = 15;
/** A quoted message that could not be read is requested again after this. */
const RETRY_MS = 30_000;

/**
 * Reads the history of conversations, page by page, one page at a time. `storedMessages` are the newest messages of a
 * conversation in this browser: if they fill a page and reach the newest one, the server is not requested.
 */
export function createHistory(
  myId: Id,
  api: Pick<Api, 'history'>,
  store: Pick<Store, 'get' | 'dispatch'>,
  storedMessages: (conversationId: Id) => Promise<Message[]> = async () => [],
  clock = wallClock,
) {
  const bounded = createDeadline(clock);
  const requested = new Set<string>();

  async function read(
    conversationId: Id,
    before: number | undefined,
    take: (messages: Message[]) => void,
    fallback?: () => boolean,
  ): Promise<void> {
    store.dispatch({ type: 'history-asked', conversationId });
    const query = { myId, conversationId, limit: PAGE, ...(before === undefined ? {} : { before }) };
    try {
      take(await api.history(query));
    } catch (thrown) {
      if (fallback?.()) return;
      store.dispatch({ type: 'history-failed', conversationId, code: toApiError(thrown).code });
    }
  }

  const load = (conversationId: Id, before?: number, fallback?: () => boolean) =>
    read(
      conversationId,
      before,
      (messages) => store.dispatch({ type: 'history', conversationId, before, messages, limit: PAGE }),
      fallback,
    );

  async function openFirst(conversationId: Id): Promise<void> {
    store.dispatch({ type: 'history-asked', conversationId });
    const reading = storedMessages(conversationId);
    const messages = await bounded(reading).catch(() => []);
    const take = () => showStored(conversationId, messages);
    const chat = chatOf(conversationId);
    const isWhole = messages.length >= PAGE || messages[0]?.seq === (chat && firstSeqOf(chat));
    if (isWhole && take()) return;
    if (!chatOf(conversationId)) return;
    await load(conversationId, undefined, take);
    // A slow browser is better than a server that does not answer.
    const slow = await reading;
    if (chatOf(conversationId)?.failure) showStored(conversationId, slow);
  }

  /** Shows the stored messages if they reach the newest one. */
  function showStored(conversationId: Id, messages: Message[]): boolean {
    const chat = chatOf(conversationId);
    if (!chat || messages.length === 0 || !reachesNewest(chat, messages)) return false;
    const page = { conversationId, before: undefined, messages, limit: messages.length };
    store.dispatch({ type: 'history', ...page, stored: true });
    return true;
  }

  const loadPast = (conversationId: Id, before: number, jumped: boolean) =>
    read(conversationId, before, (messages) =>
      store.dispatch({ type: 'jump-window', conversationId, before, messages, limit: PAGE, jumped }),
    );

  const chatOf = (conversationId: Id) => store.get().chats[conversationId];

  return {
    /** Reads the newest page of a conversation that was not read yet. */
    open(conversationId: Id): void {
      const chat = chatOf(conversationId);
      if (chat && !chat.loaded && !chat.loading && !chat.failure) void openFirst(conversationId);
    },
    /** Reads the page before what is shown; the newest one when nothing is. */
    loadOlder(conversationId: Id): void {
      const chat = chatOf(conversationId);
      if (!chat || chat.loading) return;
      const first = chat.jumpWindow?.messages[0]?.seq;
      if (first !== undefined) {
        if (first > firstSeqOf(chat)) void loadPast(conversationId, first, false);
      } else if (!chat.complete) {
        void load(conversationId, chat.loaded ? chat.messages[0]?.seq : undefined);
      }
    },
    /** Reads the page after what is shown of the past. Seqs have no holes, so it is known where that page ends. */
    loadNewer(conversationId: Id): void {
      const chat = chatOf(conversationId);
      const last = chat?.jumpWindow?.messages.at(-1)?.seq;
      if (!chat || chat.loading || last === undefined) return;
      void loadPast(conversationId, last + PAGE + 1, false);
    },
    /** Brings a message into the shown range; reads the page around it if it is not there. */
    async jump(conversationId: Id, seq: number): Promise<void> {
      const chat = chatOf(conversationId);
      const shown = chat?.jumpWindow?.messages ?? chat?.messages ?? [];
      if (!chat || seq < firstSeqOf(chat) || shown.some((message) => message.seq === seq)) return;
      if (chat.messages.some((message) => message.seq === seq)) {
        store.dispatch({ type: 'jump-window-left', conversationId });
      } else await loadPast(conversationId, seq + AFTER + 1, true);
    },
    toNewest(conversationId: Id): void {
      if (chatOf(conversationId)?.jumpWindow) store.dispatch({ type: 'jump-window-left', conversationId });
    },
    /** Reads quoted messages that are not loaded, a page at a time from the newest. */
    async readOthers(conversationId: Id, seqs: readonly number[]): Promise<void> {
      const missing = seqs.filter((seq) => !requested.has(`${conversationId} ${seq}`));
      const last = Math.max(...missing);
      const together = new Set(missing.filter((seq) => seq > last - PAGE));
      if (together.size === 0) return;
      for (const seq of together) requested.add(`${conversationId} ${seq}`);
      const limit = last - Math.min(...together) + 1;
      // A quote that cannot be read stays empty; it is requested again after `RETRY_MS`, and at once when the server answers again.
      const page = await api.history({ myId, conversationId, before: last + 1, limit }).catch(() => {
        setTimeout(() => {
          for (const seq of together) requested.delete(`${conversationId} ${seq}`);
        }, RETRY_MS);
        return [];
      });
      const messages = page.filter(({ seq }) => together.has(seq));
      if (messages.length > 0) store.dispatch({ type: 'others', conversationId, messages });
      const left = missing.filter((seq) => !together.has(seq));
      if (left.length > 0) await this.readOthers(conversationId, left);
    },
    retryNow: () => requested.clear(),
  };
}

/** Whether no message is missing between the stored ones and the newest, including those that have arrived meanwhile. */
function reachesNewest(chat: Chat, stored: Message[]): boolean {
  const last = stored.at(-1)?.seq ?? 0;
  const arrived = chat.messages.filter(({ seq, stale }) => !stale && seq > last);
  return last + arrived.length >= chat.lastSeq;
}
