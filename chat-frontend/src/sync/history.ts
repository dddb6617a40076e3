import type { Id, Message } from '../../../chat-core/src/wire/wire.ts';
import type { Api } from '../api/api.ts';
import { toApiError } from '../api/api-error.ts';
import { wallClock } from '../clock.ts';
import { createDeadline } from '../deadline.ts';
import type { Chat } from '../state/chat.ts';
import type { Store } from '../state/store.ts';

const PAGE = 40;
/** So many messages of a page that is jumped to come after the one that was meant. */
const AFTER = 15;
/** After so long a quote that could not be read is asked for again. */
const AGAIN_MS = 30_000;

/**
 * Reads the history of conversations, page by page, each page once at a time. `stretch` is the newest messages of a
 * conversation this browser keeps: where they fill a page and reach the newest one, the box is not asked.
 */
export function createHistory(
  myId: Id,
  api: Pick<Api, 'history'>,
  store: Pick<Store, 'get' | 'dispatch'>,
  stretch: (conversationId: Id) => Promise<Message[]> = async () => [],
  clock = wallClock,
) {
  const bounded = createDeadline(clock);
  const asked = new Set<string>();

  async function read(
    conversationId: Id,
    before: number | undefined,
    take: (messages: Message[]) => void,
    instead?: () => boolean,
  ): Promise<void> {
    store.dispatch({ type: 'history-asked', conversationId });
    const query = { myId, conversationId, limit: PAGE, ...(before === undefined ? {} : { before }) };
    try {
      take(await api.history(query));
    } catch (thrown) {
      if (instead?.()) return;
      store.dispatch({ type: 'history-failed', conversationId, code: toApiError(thrown).code });
    }
  }

  const load = (conversationId: Id, before?: number, instead?: () => boolean) =>
    read(
      conversationId,
      before,
      (messages) => store.dispatch({ type: 'history', conversationId, before, messages, limit: PAGE }),
      instead,
    );

  async function openFirst(conversationId: Id): Promise<void> {
    store.dispatch({ type: 'history-asked', conversationId });
    const reading = stretch(conversationId);
    const messages = await bounded(reading).catch(() => []);
    const take = () => takeKept(conversationId, messages);
    const isWhole = messages.length >= PAGE || messages[0]?.seq === 1;
    if (isWhole && take()) return;
    if (!chatOf(conversationId)) return;
    await load(conversationId, undefined, take);
    // A slow browser is better than a box that is away.
    const late = await reading;
    if (chatOf(conversationId)?.failure) takeKept(conversationId, late);
  }

  /** Shows what is kept where it reaches the newest message. */
  function takeKept(conversationId: Id, messages: Message[]): boolean {
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
        if (first > 1) void loadPast(conversationId, first, false);
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
    /** Brings a message into what is shown, by reading the page around it where it is not. */
    async jump(conversationId: Id, seq: number): Promise<void> {
      const chat = chatOf(conversationId);
      const shown = chat?.jumpWindow?.messages ?? chat?.messages ?? [];
      if (!chat || shown.some((message) => message.seq === seq)) return;
      if (chat.messages.some((message) => message.seq === seq)) {
        store.dispatch({ type: 'jump-window-left', conversationId });
      } else await loadPast(conversationId, seq + AFTER + 1, true);
    },
    toNewest(conversationId: Id): void {
      if (chatOf(conversationId)?.jumpWindow) store.dispatch({ type: 'jump-window-left', conversationId });
    },
    /** Reads messages that are referred to and not held, as many as lie within one page before the last of them. */
    async readOthers(conversationId: Id, seqs: readonly number[]): Promise<void> {
      const wanted = seqs.filter((seq) => !asked.has(`${conversationId} ${seq}`));
      const last = Math.max(...wanted);
      const together = new Set(wanted.filter((seq) => seq > last - PAGE));
      if (together.size === 0) return;
      for (const seq of together) asked.add(`${conversationId} ${seq}`);
      const limit = last - Math.min(...together) + 1;
      // A quote that cannot be read says so by staying empty; it is asked for again after a while, and at once when the
      // box is back in touch.
      const page = await api.history({ myId, conversationId, before: last + 1, limit }).catch(() => {
        setTimeout(() => {
          for (const seq of together) asked.delete(`${conversationId} ${seq}`);
        }, AGAIN_MS);
        return [];
      });
      const messages = page.filter(({ seq }) => together.has(seq));
      if (messages.length > 0) store.dispatch({ type: 'others', conversationId, messages });
      const left = wanted.filter((seq) => !together.has(seq));
      if (left.length > 0) await this.readOthers(conversationId, left);
    },
    askAgain: () => asked.clear(),
  };
}

/** Whether no message is missing between what is kept and the newest one, with what has arrived meanwhile. */
function reachesNewest(chat: Chat, kept: Message[]): boolean {
  const last = kept.at(-1)?.seq ?? 0;
  const arrived = chat.messages.filter(({ seq, stale }) => !stale && seq > last);
  return last + arrived.length >= chat.lastSeq;
}
