import type { Sealed } from '../cipher/cipher.ts';
import type { ChatFlags, Id, Muted, Privacy, Starred } from '../wire/wire.ts';

/** A person's profile and their privacy settings. `edit` counts the changes of texts and picture. */
export type StoredProfile = {
  edit: number;
  /** Sealed texts, with the value of `edit` when they were written. */
  texts?: Sealed & { edit: number };
  /** Names the current picture, which is a row of its own. A new picture has a new id. */
  picture?: { id: Id; edit: number };
  /** Absent while it has the default value. */
  privacy?: Privacy;
  /** Conversations without notifications for this person. The next change removes expired entries. */
  muted?: Muted[];
  /** What the person has set for their chats; the pinned ones come in the order of the list. */
  chats?: ChatFlags[];
  /** The messages that the person has starred, in the order in which they did; a conversation may come more than once. */
  stars?: Starred[];
  /** Revision of the last change, and of the last change that others see. */
  rev: number;
  shownRev: number;
};
