import { KeyedMutex } from '../attachments/keyed-mutex.ts';
import { reactionsBinding } from '../cipher/binding.ts';
import type { Cipher } from '../cipher/cipher.ts';
import { ApiError } from '../errors.ts';
import { openMessagesFor, openRows } from '../messages/message.ts';
import type { MessageRef } from '../messages/require-message.ts';
import { type Access, requireReadable } from '../messages/require-readable.ts';
import type { PageBudget, Store, StoredMessage } from '../storage/store.ts';
import type { Id, Message, WhoReacted } from '../wire/wire.ts';
import { type ReactionList, withoutReaction, withReaction, writeReactionList } from './reaction-list.ts';
import { visibleReactions, withoutDeleted } from './read-reactions.ts';

export type ReactionDeps = { store: Store; cipher: Cipher };

/**
 * The reactions to messages. Changes of one message wait for each other, since each opens and seals the list anew; a
 * change that another commit overtakes (an edit) is made again. What is so already is no change and writes nothing, so
 * each can be repeated.
 */
export class ReactionChanges {
  private readonly mutex = new KeyedMutex();
  private readonly deps: ReactionDeps;

  constructor(deps: ReactionDeps) {
    this.deps = deps;
  }

  /**
   * Reacts to a message that the person may read, in a conversation in which they may write.
   * @returns the message as this person sees it
   * @throws ApiError NOT_MEMBER, NOT_FRIENDS, NOT_ALLOWED, NO_SUCH_MESSAGE, MESSAGE_DELETED, TOO_MANY_REACTIONS,
   *   CIPHER_UNAVAILABLE, STORAGE_UNAVAILABLE, DISK_FULL; nothing is changed then
   */
  async add(userId: Id, ref: MessageRef, emoji: string, budget?: PageBudget): Promise<Message> {
    return this.change(userId, ref, { access: 'write', budget }, (list) => {
      const next = withReaction(list, userId, emoji);
      if (!next) throw new ApiError('TOO_MANY_REACTIONS');
      return next;
    });
  }

  /** Takes a reaction back, also where the person may not write any more. @throws as `add` */
  async remove(userId: Id, ref: MessageRef, emoji: string, budget?: PageBudget): Promise<Message> {
    return this.change(userId, ref, { access: 'read', budget }, (list) =>
      withoutReaction(list, userId, emoji),
    );
  }

  private change(
    userId: Id,
    ref: MessageRef,
    { access, budget }: { access: Access; budget?: PageBudget | undefined },
    by: (list: ReactionList) => ReactionList,
  ): Promise<Message> {
    const { store, cipher } = this.deps;
    return this.mutex.run(`${ref.conversationId} ${ref.seq}`, async () => {
      for (;;) {
        const row = await requireReadable(store, store.time, userId, ref, access, budget);
        const list = await openList(cipher, userId, row);
        const wanted = by(list);
        if (wanted === list) return this.read(userId, row);
        const next = await withoutDeleted(store, wanted);
        const edit = (row.reactions?.edit ?? 0) + 1;
        const sealed =
          next.length > 0 && (await cipher.seal(writeReactionList(next), reactionsBinding(row, edit)));
        const stored = await store.transact(async (tx) => {
          const latest = await requireReadable(tx, store.time, userId, ref, access);
          if (latest.changedRev !== row.changedRev) return undefined;
          const { reactions: _, ...bare } = latest;
          return tx.changeMessage({ ...bare, ...(sealed && { reactions: { ...sealed, edit } }) });
        });
        if (!stored) continue;
        if (row.reactions) cipher.forget([row.reactions.content]);
        return this.read(userId, stored);
      }
    });
  }

  private async read(userId: Id, row: StoredMessage): Promise<Message> {
    const [message] = await openMessagesFor(this.deps, userId, [row]);
    if (!message) throw new Error('one row opens to one message');
    return message;
  }
}

/** Who reacted to a message. @throws ApiError NOT_MEMBER, NO_SUCH_MESSAGE, MESSAGE_DELETED, CIPHER_UNAVAILABLE */
export async function readWhoReacted(
  { store, cipher }: ReactionDeps,
  userId: Id,
  ref: MessageRef,
  budget?: PageBudget,
): Promise<WhoReacted> {
  const row = await requireReadable(store, store.time, userId, ref, 'read', budget);
  const [list = []] = await visibleReactions(store, userId, [await openList(cipher, userId, row)]);
  return { reactions: list.map(([emoji, userIds]) => ({ emoji, userIds: [...userIds] })) };
}

/** The reactions of a row. @throws ApiError CIPHER_UNAVAILABLE, also when they do not open: a change would lose them */
async function openList(cipher: Cipher, userId: Id, row: StoredMessage): Promise<ReactionList> {
  const [opened] = await openRows(cipher, [row], { accountId: userId });
  if (!opened?.reactions) throw new ApiError('CIPHER_UNAVAILABLE');
  return opened.reactions;
}
