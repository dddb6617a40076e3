import type { StoredInvite, Tx } from '../storage/store.ts';
import type { Id } from '../wire/wire.ts';

/** A link lets no one in any more. It stays stored until it expires, so that a repeated request does not make it anew. */
export function endLink(tx: Tx, link: StoredInvite): Promise<void> {
  return tx.saveInvite({ ...link, ended: true });
}

/** Deletes a link that is too old or whose group is deleted. */
export function deleteLink(tx: Tx, link: StoredInvite): Promise<void> {
  return tx.saveInvite({ ...link, used: link.uses });
}

/** Counts a person whom a link let in. The last one ends it. */
export function countUse(tx: Tx, link: StoredInvite): Promise<void> {
  return link.used + 1 < link.uses ? tx.saveInvite({ ...link, used: link.used + 1 }) : endLink(tx, link);
}

/** Ends the links of a group that a person made who is no admin of it any more. */
export async function endLinksOf(tx: Tx, conversationId: Id, userId: Id): Promise<void> {
  for (const link of await tx.invites()) {
    if (link.conversationId === conversationId && link.by === userId && !link.ended) await endLink(tx, link);
  }
}
