import type { StoredMessage } from '../storage/store.ts';
import type { Id } from '../wire/wire.ts';
import type { Binding, Context, FileBinding, ProfileBinding } from './cipher.ts';

/** Begins the field of texts that belong to a message and are bound to its conversation. */
const MESSAGE_FIELD = 'message ';

/** What the ciphertext of a message is bound to: all of it is known before the commit that assigns the seq. */
export function messageBinding(
  message: Pick<StoredMessage, 'id' | 'conversationId' | 'senderId' | 'timestamp' | 'edit'>,
): Binding {
  const { id, conversationId, senderId, timestamp, edit = 0 } = message;
  return { messageId: id, conversationId, senderId, timestamp, edit };
}

/** What the wrapped key and the metadata of a file are bound to; its chunks are bound to its id and their place. */
export function fileBinding(file: { id: Id; conversationId: Id; senderId: Id }): FileBinding {
  return { fileId: file.id, conversationId: file.conversationId, senderId: file.senderId };
}

/** What the ciphertext of the texts of a profile is bound to. */
export function profileTextsBinding(userId: Id, edit: number): ProfileBinding {
  return { userId, field: 'texts', edit };
}

/** What the ciphertext of a TOTP secret is bound to: the account, and the id of this secret. */
export function totpBinding(userId: Id, id: string): ProfileBinding {
  return { userId, field: `totp ${id}`, edit: 0 };
}

/** What the ciphertext of a group's name is bound to; no person has the id of a conversation. */
export function groupNameBinding(conversationId: Id, edit: number): ProfileBinding {
  return { userId: conversationId, field: 'group name', edit };
}

/** What the ciphertext of the reactions to a message is bound to; no person has the id of a conversation. */
export function reactionsBinding(
  { id, conversationId }: Pick<StoredMessage, 'id' | 'conversationId'>,
  edit: number,
): ProfileBinding {
  return { userId: conversationId, field: `${MESSAGE_FIELD}reactions ${id}`, edit };
}

/** What the ciphertext of the votes of a poll is bound to; no person has the id of a conversation. */
export function votesBinding(
  { id, conversationId }: Pick<StoredMessage, 'id' | 'conversationId'>,
  edit: number,
): ProfileBinding {
  return { userId: conversationId, field: `${MESSAGE_FIELD}votes ${id}`, edit };
}

/** Whether a text belongs to a message, so that its members fetch it as soon as the message. */
export function isOfMessage(binding: Context): boolean {
  return !('userId' in binding) || binding.field.startsWith(MESSAGE_FIELD);
}

/** The id at the end of the field of reactions or votes: that of their message. */
export function messageOfField(field: string): Id | undefined {
  return field.startsWith(MESSAGE_FIELD) ? field.split(' ').at(-1) : undefined;
}

/** What the ciphertext of one piece of a picture, of a person or a group, is bound to; `index` counts from 0. */
export function picturePieceBinding(userId: Id, edit: number, index: number, count: number): ProfileBinding {
  return { userId, field: `picture ${index + 1}/${count}`, edit };
}
