import type { Cipher } from '../cipher/cipher.ts';
import { ciphertextsOf } from '../cipher/sealed-fields.ts';
import { ApiError } from '../errors.ts';
import { withoutListed } from '../friends/relation-lists.ts';
import { isEnded, leaveDeleted } from '../groups/members.ts';
import { isDeleted } from '../messages/message.ts';
import { emptied } from '../messages/remove.ts';
import { NO_PASSWORD } from '../storage/foreign-ids.ts';
import type { Account, PageBudget, Store, StoredMessage, Tx } from '../storage/store.ts';
import type { Id } from '../wire/wire.ts';
import { requireAnotherOwner } from './owners.ts';

/** Messages of notes that are erased in one transaction: others wait for it. */
const NOTES_BATCH = 100;
const UNCACHED: PageBudget = { count: () => {}, skipsCache: true };

/**
 * Deletes an account: every session, push, passkey, password, identity, profile, picture, invitation, friendship and unsent
 * file ends, their notes are erased, and the person leaves their groups. Messages that others have stay readable for them, under no name. The
 * username is free again after 30 days. Repeating it ends what an interrupted one left. `forget` removes plain texts from the cache of a running box.
 * @returns whether it was there
 * @throws ApiError NO_SUCH_ACCOUNT when there never was one; LAST_OWNER when no owner who may log in would be left
 */
export async function deletePerson(
  store: Store,
  id: Id,
  { isLastOwnerToo = false, forget = () => {} }: { isLastOwnerToo?: boolean; forget?: Cipher['forget'] } = {},
): Promise<boolean> {
  const scheduled = (await store.account(id))?.scheduled ?? [];
  const groups = (await store.conversationsOf(id)).filter(({ kind }) => kind === 'group');
  const isDone = await store.transact((tx) => deleteAccount(store, tx, id, isLastOwnerToo));
  forget(scheduled.map(({ content }) => content));
  // A group that someone added them to meanwhile.
  for (const { id: groupId, kind } of await store.conversationsOf(id)) {
    if (kind === 'group') await store.transact((tx) => leaveDeleted(tx, store, groupId, id));
  }
  await eraseNotes(store, id, forget);
  for (const group of groups) if (await isEnded(store, group.id)) forget([], group.id);
  return isDone;
}

/** Completes deletions that an end of the process interrupted. Where nothing is left of any, it writes nothing. */
export async function finishDeletions(store: Store, forget: Cipher['forget'] = () => {}): Promise<void> {
  for (const id of store.allIds().accounts) {
    if ((await store.account(id))?.deletedAt !== undefined) await deletePerson(store, id, { forget });
  }
}

/** Of notes no one else has a copy: their texts and files go as those of messages that are deleted for everyone. */
async function eraseNotes(store: Store, id: Id, forget: Cipher['forget']): Promise<void> {
  const notes = await store.directBetween(id, id);
  const isLeft = (row: StoredMessage) => !row.event && !isDeleted(row);
  for (let before = (notes?.lastSeq ?? 0) + 1; notes && before > 1; before -= NOTES_BATCH) {
    const rows = await store.messages(notes.id, { before, limit: NOTES_BATCH, budget: UNCACHED });
    const left = rows.filter(isLeft);
    if (left.length === 0) continue;
    await store.transact(async (tx) => {
      for (const { seq } of left) {
        const row = await tx.message(notes.id, seq);
        if (row && isLeft(row)) await tx.changeMessage(emptied(row, store.time.wall()));
      }
    });
    forget(left.flatMap(ciphertextsOf));
  }
}

async function deleteAccount(store: Store, tx: Tx, id: Id, isLastOwnerToo: boolean): Promise<boolean> {
  const account = await tx.account(id);
  if (!account) throw new ApiError('NO_SUCH_ACCOUNT');
  if (account.deletedAt !== undefined) return false;
  if (account.owner && !account.suspended && !isLastOwnerToo) await requireAnotherOwner(store, tx, id);
  await endRelations(tx, account);
  for (const invite of await tx.invites()) {
    if (invite.by === id && invite.conversationId === undefined)
      await tx.saveInvite({ ...invite, used: invite.uses });
  }
  for (const row of await tx.uploads()) {
    if (row.state === 'open' && row.userId === id)
      await tx.saveUpload({ state: 'discarded', id: row.id, conversationId: row.conversationId });
  }
  await leaveGroups(store, tx, id);
  const { username, tokenVersion, peopleRev, departed, profile } = (await tx.account(id)) ?? account;
  await tx.saveAccount({
    id,
    username,
    password: NO_PASSWORD,
    contacts: [],
    tokenVersion: tokenVersion + 1,
    devices: [],
    deletedAt: store.time.now(),
    ...(peopleRev !== undefined && { peopleRev }),
    ...(departed && { departed }),
    ...(profile && { profile }),
  });
  // Without a picture: its file is removed.
  await tx.saveProfile(id, { edit: (profile?.edit ?? 0) + 1 }, { isShown: true });
  return true;
}

/** In the same transaction: a power cut leaves no group to a person who cannot act. */
async function leaveGroups(store: Store, tx: Tx, id: Id): Promise<void> {
  for (const conversationId of store.allIds().conversations) {
    const conversation = await tx.conversation(conversationId);
    if (conversation?.kind !== 'group') continue;
    const { group } = conversation;
    if (conversation.members.includes(id)) await leaveDeleted(tx, store, conversationId, id);
    else if (group.requests?.includes(id))
      await tx.saveRequests(conversationId, {
        ...group,
        requests: group.requests.filter((one) => one !== id),
      });
  }
}

/** Ends the friendships of a person, and the requests that they have sent or received. */
async function endRelations(tx: Tx, { id, contacts, asked = [], askedBy = [] }: Account): Promise<void> {
  for (const contact of contacts) await tx.unfriend(id, contact);
  for (const other of new Set([...asked, ...askedBy])) {
    const known = await tx.account(other);
    const without = known && withoutListed(known, ['asked', 'askedBy'], id);
    if (without) await tx.savePeople(without);
  }
}
