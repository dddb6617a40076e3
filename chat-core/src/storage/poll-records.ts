import type { Sealed } from '../cipher/cipher.ts';

/**
 * That a message is a poll. Its question, its answers and its rules are the sealed text of the row (polls/poll-text.ts);
 * the votes are one sealed text beside it (polls/vote-list.ts), so that the disk shows neither who voted nor for what.
 * `edit` counts their changes; the ciphertext is bound to it. `closed`: its author or an admin has closed it.
 */
export type StoredPoll = { closed?: true; votes?: StoredVotes };
export type StoredVotes = Sealed & { edit: number };
