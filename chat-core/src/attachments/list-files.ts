import type { Cipher } from '../cipher/cipher.ts';
import { isReadable, requireMember } from '../conversations/membership.ts';
import type { PageBudgetOf } from '../http/load-shedding/read-slots.ts';
import { isDeleted, openMessagesFor } from '../messages/message.ts';
import { isDue } from '../storage/expiry-queues.ts';
import { fromSeqOf } from '../storage/rows.ts';
import { hasSeq } from '../storage/seq-ranges.ts';
import type { Store, StoredMessage } from '../storage/store.ts';
import type { Attachment, FilesPage, Id } from '../wire/wire.ts';

/** Messages with files of one page; their texts and metadata are opened. */
const MAX_MESSAGES = 30;
/** Rows that one request looks through; reading them opens nothing, and costs their pages. */
const MAX_ROWS = 2000;
/** And their sealed texts, after which it looks at no more. */
const MAX_BYTES = 2 * 2 ** 20;
const ROWS_AT_ONCE = 256;

/**
 * The messages of a conversation with files, newest first, with a seq below `before`: with pictures and videos, or with
 * other files. A page may have few or none although there are older ones; `before` says where the next begins.
 * `signal` ends the work when no one waits for it.
 * @throws ApiError NOT_MEMBER, CIPHER_UNAVAILABLE, TOO_MANY_REQUESTS
 */
export async function listFiles(
  deps: { store: Store; cipher: Cipher; pageBudgetOf: PageBudgetOf },
  userId: Id,
  conversationId: Id,
  { before, kind }: { before?: number | undefined; kind?: 'media' | 'files' | undefined },
  signal?: AbortSignal,
): Promise<FilesPage> {
  const { store } = deps;
  const { count } = deps.pageBudgetOf(userId);
  const conversation = await requireMember(store, userId, { conversationId });
  const hidden = await store.hiddenOf(conversationId, userId);
  const first = fromSeqOf(conversation, userId);
  const found: StoredMessage[] = [];
  let next = Math.min(before ?? Infinity, conversation.lastSeq + 1);
  for (
    let [looked, bytes] = [0, 0];
    next > first && looked < MAX_ROWS && bytes < MAX_BYTES && found.length < MAX_MESSAGES && !signal?.aborted;
  ) {
    const rows = await store.messages(conversationId, {
      before: next,
      limit: ROWS_AT_ONCE,
      budget: { count },
    });
    for (const row of rows.toReversed()) {
      if (found.length === MAX_MESSAGES) break;
      next = row.seq;
      const isGone = isDeleted(row) || isDue(row, store.time) || hasSeq(hidden, row.seq);
      if (row.attachments && !isGone && isReadable(conversation, userId, row)) found.push(row);
    }
    if (rows.length === 0) next = first;
    looked += rows.length;
    bytes += rows.reduce((sum, { content }) => sum + content.length, 0);
  }
  const messages = (await openMessagesFor(deps, userId, found, signal)).filter(
    ({ attachments }) =>
      kind === undefined || attachments?.some((file) => isMedia(file) === (kind === 'media')),
  );
  return { messages, ...(next > first && { before: next }) };
}

function isMedia({ type }: Attachment): boolean {
  return /^(image|video)\//.test(type);
}
