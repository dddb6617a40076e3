import type { Sealed } from '../cipher/cipher.ts';

/**
 * All reactions to a message, sealed as one text (reactions/reaction-list.ts), so that the disk shows neither who reacted
 * nor how, and a row costs one ciphertext however many they are. `edit` counts their changes; the ciphertext is bound to it.
 */
export type StoredReactions = Sealed & { edit: number };
