import type { Sealed } from '../cipher/cipher.ts';
import type { Id } from '../wire/wire.ts';

/**
 * A text that is to be sent later, part of its author's account. It is sealed as a message of its conversation whose timestamp
 * is `dueAt`, on the time line of the box. `failure` is the code of the refusal at that time: it is not tried again.
 */
export type StoredScheduled = Sealed & { id: Id; conversationId: Id; dueAt: number; failure?: string };
