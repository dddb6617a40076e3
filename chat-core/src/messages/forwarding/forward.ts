import { requireMember, requireWriter } from '../../conversations/membership.ts';
import { ApiError } from '../../errors.ts';
import type { ReadSlots } from '../../http/load-shedding/read-slots.ts';
import type { PageBudget, StoredMessage } from '../../storage/store.ts';
import type { Forward, ForwardAnswer, ForwardResult, Id, Message, SendMessage } from '../../wire/wire.ts';
import { openMessagesFor } from '../message.ts';
import { type SendDeps, sendMessage } from '../send.ts';
import { type CopyBudget, type CopyDeps, copyFiles, copyIds } from './copy-files.ts';
import { readSources, type Source } from './source.ts';

export type ForwardDeps = SendDeps & CopyDeps & { uploads: SendDeps['uploads'] & CopyDeps['uploads'] };
type Target = Forward['to'][number];

/** A request copies files until it has copied so many bytes or taken so long; then its client sends it again. */
const MAX_COPIED_BYTES = 8 * 2 ** 20;
const MAX_COPYING_MS = 5_000;
/** How much longer base64 is than its bytes. */
const BASE64 = 4 / 3;

/**
 * Forwards messages that a person may read to conversations in which they may write: the text is opened and sealed again for
 * each, and files are copied on the box. Mentions, replies and votes are left behind; the copies are marked. Each message is stored
 * with all its files or not at all, in the order of `seqs`; a conversation that refuses one does not stop the others.
 * A repeat with the same ids stores nothing twice, and goes on with what is missing.
 * @throws ApiError INVALID_REQUEST, NOT_MEMBER, NO_SUCH_MESSAGE, MESSAGE_DELETED, NOT_FORWARDABLE (all of the source),
 *   CIPHER_UNAVAILABLE, TOO_MANY_REQUESTS; nothing more is stored then
 */
export async function forwardMessages(
  deps: ForwardDeps,
  userId: Id,
  input: Forward,
  { readSlots, ...reading }: { readSlots: ReadSlots; signal: AbortSignal; budget: PageBudget },
): Promise<ForwardAnswer> {
  const { from, to } = input;
  requireDistinct(input);
  await requireMember(deps.store, userId, { conversationId: from.conversationId });
  const stored = await Promise.all(to.map((target) => storedOf(deps, userId, target)));
  const seqs = from.seqs.filter((_, index) => stored.some((rows) => !rows[index]));
  const sources = await readSlots.run(userId, reading.signal, () =>
    readSources(deps, userId, { ...from, seqs }, reading),
  );

  const until = performance.now() + MAX_COPYING_MS;
  const budget: CopyBudget = {
    copied: 0,
    isSpent: () => budget.copied >= MAX_COPIED_BYTES || performance.now() >= until,
  };
  let isFirst = true;
  // The route pays for the first message, whose text is not in its request either.
  const charge = (text: string) => {
    if (!isFirst) deps.limits.consume('sends', userId);
    isFirst = false;
    deps.limits.consume('stored', userId, Math.ceil((Buffer.byteLength(text) * BASE64) / 1024) || 1);
  };
  const results: ForwardResult[] = [];
  for (const [index, target] of to.entries()) {
    const known = stored[index] ?? [];
    const copies = from.seqs.map((seq, n) => known[n] ?? sources.get(seq));
    results.push(await forwardTo(deps, userId, target, copies, { budget, charge }));
  }
  const isLeft = ({ messages, failure }: ForwardResult) => !failure && messages.length < from.seqs.length;
  return { results, ...(results.some(isLeft) && { more: true as const, copied: budget.copied }) };
}

/** The copies that an earlier request has stored, by the place of their id. */
async function storedOf(
  { store }: ForwardDeps,
  userId: Id,
  { conversationId, clientMessageIds }: Target,
): Promise<(StoredMessage | undefined)[]> {
  const conversation = await store.conversation(conversationId);
  if (!conversation?.members.includes(userId)) return [];
  const rows = await Promise.all(clientMessageIds.map((id) => store.recentMessage(conversationId, id)));
  return rows.map((row) => (row?.senderId === userId && (row.forwarded || row.deletedAt) ? row : undefined));
}

/** Stores in one conversation what is not stored there yet, until the budget is spent or it is refused. */
async function forwardTo(
  deps: ForwardDeps,
  userId: Id,
  { conversationId, clientMessageIds }: Target,
  copies: (StoredMessage | Source | undefined)[],
  { budget, charge }: { budget: CopyBudget; charge: (text: string) => void },
): Promise<ForwardResult> {
  const messages: Message[] = [];
  let copying: Id[] = [];
  try {
    for (const [index, copy] of copies.entries()) {
      const messageId = clientMessageIds[index] ?? '';
      if (!copy) break;
      if (!('row' in copy)) {
        messages.push(...(await openMessagesFor(deps, userId, [copy])));
        continue;
      }
      await requireWriter(deps.store, userId, { conversationId });
      if (index > 0 && budget.isSpent()) break;
      copying = copyIds(copy, messageId);
      const attachments = await copyFiles(deps, userId, copy, { conversationId, messageId }, budget);
      if (!attachments) break;
      const content = contentOf(copy.message);
      charge(content.message ?? JSON.stringify(content.poll));
      const input = {
        senderId: userId,
        conversationId,
        ...content,
        clientMessageId: messageId,
        ...(attachments.length > 0 && { attachments }),
      };
      messages.push(await sendMessage(deps, userId, input, { forwarded: true }));
      copying = [];
    }
    return { conversationId, messages };
  } catch (error) {
    if (!(error instanceof ApiError) || error.status === 401) throw error;
    const { code, message, retryAfter } = error;
    // What may succeed later goes on with these copies; else they would count for the person until the sweep.
    if (retryAfter === undefined)
      for (const id of copying) await deps.uploads.cancel(userId, id).catch(() => {});
    const failure = { code, error: message, ...(retryAfter !== undefined && { retryAfter }) };
    return { conversationId, messages, failure };
  }
}

/** What is sent again of a message: its text; of a poll its words, without its votes and the time of its end. */
function contentOf({ content, poll }: Message): Pick<SendMessage, 'message' | 'poll'> {
  if (!poll) return { message: content };
  const { question, answers, multiple } = poll;
  return { poll: { question, answers: answers.map(({ text }) => text), ...(multiple && { multiple }) } };
}

/** @throws ApiError INVALID_REQUEST */
function requireDistinct({ from, to }: Forward): void {
  const ids = to.flatMap(({ clientMessageIds }) => clientMessageIds);
  const lists = [from.seqs, to.map(({ conversationId }) => conversationId), ids];
  const isDistinct = lists.every((list) => new Set<unknown>(list).size === list.length);
  if (isDistinct && to.every(({ clientMessageIds }) => clientMessageIds.length === from.seqs.length)) return;
  throw new ApiError('INVALID_REQUEST', {
    detail: 'Each message and each conversation is named once, and each copy has an id of its own.',
  });
}
