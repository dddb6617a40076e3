import type { AttachmentLook, Id } from '../../../chat-core/src/wire/wire.ts';
import type { MessageRef } from '../api/api.ts';
import type { ApiErrorCode } from '../api/api-error.ts';

/**
 * A file of a pending message. Its content is in the file store of this browser, under its id. `stored`: the bytes that
 * the server has; `paused` by the person.
 */
export type PendingFile = {
  id: Id;
  name: string;
  type: string;
  size: number;
  look: AttachmentLook;
  stored: number;
  paused?: boolean;
};

/**
 * A message that the server has not confirmed yet. `failed` waits for the person, everything else is sent automatically;
 * `reason` is why the last attempt failed.
 */
export type PendingMessage = {
  id: Id;
  conversationId: Id;
  text: string;
  at: number;
  status: 'waiting' | 'sending' | 'failed';
  /** The seq of the message it replies to. */
  replyTo?: number;
  /** The members of the group that it mentions. */
  mentions?: Id[];
  /** Its files, uploaded one after another before it is sent. */
  files?: PendingFile[];
  reason?: ApiErrorCode;
};

/** Whether the person has paused the upload of its files: then it does not hold up those behind it. */
export const isPaused = ({ files }: Pick<PendingMessage, 'files'>): boolean =>
  files?.some(({ paused }) => paused) ?? false;

/** A pending message as it is stored. `order` keeps the order of writing where two share a millisecond. */
export type OutboxEntry = Omit<PendingMessage, 'status'> & { order: number; failed?: boolean };

/** A change of a stored message: a new text, or a deletion for oneself or for everyone. */
export type Mutation = { kind: 'edit'; text: string } | { kind: 'me' | 'everyone' };

/** A mutation that the server has not confirmed yet. `failed`: why it refused an edit for good; the person decides then. */
export type PendingMutation = MessageRef & Mutation & { at: number; failed?: ApiErrorCode };
