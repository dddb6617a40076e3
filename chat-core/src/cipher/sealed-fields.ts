import type { StoredAttachment, StoredMessage } from '../storage/records.ts';
import type { Id } from '../wire/wire.ts';
import { fileBinding, messageBinding, reactionsBinding, votesBinding } from './binding.ts';
import type { Context, Sealed } from './cipher.ts';

/** A ciphertext that is stored, and what it is bound to; `isFileKey` for the wrapped key of a file. */
export type SealedRow = { sealed: Sealed; binding: Context; isFileKey?: true };

/**
 * Every ciphertext of a message: its text, the keys and metadata of its files, its reactions, the votes of a poll. A
 * rotation, verify and the plaintext cache go by this list alone; sealed-fields.test.ts fails for a sealed field of a message that is not in it.
 */
export function sealedInMessage(message: StoredMessage): SealedRow[] {
  const { v, kid, content, attachments = [] } = message;
  return [
    { sealed: { v, kid, content }, binding: messageBinding(message) },
    ...attachments.flatMap((file) => sealedInFile(file, { ...message, id: file.id })),
    ...sealedReactions(message),
    ...sealedVotes(message),
  ];
}

/** The message with the new ciphertexts, given by the `content` of the old ones. */
export function withSealed(message: StoredMessage, fresh: ReadonlyMap<string, Sealed>): StoredMessage {
  const { attachments, reactions, poll } = message;
  const { votes } = poll ?? {};
  return {
    ...message,
    ...fresh.get(message.content),
    ...(attachments && { attachments: attachments.map((file) => withSealedFile(file, fresh)) }),
    ...(reactions && { reactions: { ...reactions, ...fresh.get(reactions.content) } }),
    ...(votes && { poll: { ...poll, votes: { ...votes, ...fresh.get(votes.content) } } }),
  };
}

/** All ciphertexts of a row but the keys of its files: what the plaintext cache may hold of it. */
export function ciphertextsOf(message: StoredMessage): string[] {
  return sealedInMessage(message).flatMap(({ sealed, isFileKey }) => (isFileKey ? [] : [sealed.content]));
}

/** The sealed reactions of a row, as one item of a cipher call; none where it has none. */
export function sealedReactions(
  row: Pick<StoredMessage, 'id' | 'conversationId' | 'reactions'>,
): SealedRow[] {
  if (!row.reactions) return [];
  const { edit, ...sealed } = row.reactions;
  return [{ sealed, binding: reactionsBinding(row, edit) }];
}

/** The sealed votes of a poll, as one item of a cipher call; none where it has none. */
export function sealedVotes(row: Pick<StoredMessage, 'id' | 'conversationId' | 'poll'>): SealedRow[] {
  if (!row.poll?.votes) return [];
  const { edit, ...sealed } = row.poll.votes;
  return [{ sealed, binding: votesBinding(row, edit) }];
}

/** The ciphertexts of a file of a message, or of an upload. */
export function sealedInFile(
  { key, metadata }: Pick<StoredAttachment, 'key' | 'metadata'>,
  of: { id: Id; conversationId: Id; senderId: Id },
): SealedRow[] {
  const binding = fileBinding(of);
  return [
    { sealed: key, binding, isFileKey: true },
    { sealed: metadata, binding },
  ];
}

export function withSealedFile<T extends Pick<StoredAttachment, 'key' | 'metadata'>>(
  file: T,
  fresh: ReadonlyMap<string, Sealed>,
): T {
  const { key, metadata } = file;
  return {
    ...file,
    key: fresh.get(key.content) ?? key,
    metadata: fresh.get(metadata.content) ?? metadata,
  };
}
