import { deletePerson } from '../../admin/delete-person.ts';
import { deleteLink } from '../../groups/end-links.ts';
import { isDeleted } from '../../messages/message.ts';
import { emptied } from '../../messages/remove.ts';
import type { StorageKey } from '../../storage/lowdb/disk/authenticator.ts';
import { realDisk } from '../../storage/lowdb/disk/disk.ts';
import { openStore } from '../../storage/lowdb/lowdb-store.ts';
import { openReadOnly } from '../../storage/lowdb/repair/open-read-only.ts';
import { isDeletedGroup } from '../../storage/rows.ts';
import type { Account, GroupConversation, StoredMessage } from '../../storage/store.ts';
import type { Id } from '../../wire/wire.ts';

const ROWS_PER_READ = 1000;

/**
 * What is deleted for everyone in the data of a box: rows of messages without content, of groups without members, and people.
 * `suspended`: who is suspended in them.
 */
export type Deletions = {
  messages: StoredMessage[];
  groups: GroupConversation[];
  people: Account[];
  suspended: Set<Id>;
};

/** The deletions and suspensions in the data of a folder. @throws when they do not read */
export async function deletionsIn(dataDir: string, key: StorageKey): Promise<Deletions> {
  const { state, history } = await openReadOnly(dataDir, realDisk, key);
  const deletions: Deletions = { messages: [], groups: [], people: [], suspended: new Set() };
  for (const id of state.people.accounts.ids()) {
    const account = state.account(id);
    if (account?.deletedAt !== undefined) deletions.people.push(account);
    else if (account?.suspended) deletions.suspended.add(id);
  }
  for (const { header } of state.conversationStates()) {
    if (isDeletedGroup(header)) {
      deletions.groups.push(header as GroupConversation);
      continue;
    }
    for (let from = 1; from <= header.lastSeq; from += ROWS_PER_READ)
      deletions.messages.push(
        ...(await history.between(header.id, from, from + ROWS_PER_READ - 1)).filter(isDeleted),
      );
  }
  return deletions;
}

/**
 * Repeats these deletions in restored data: of the same messages, by their ids, and groups that are still there. The store
 * erases the texts from the disk and the bytes of the files as after any deletion.
 * @returns how many were repeated, and the revision afterwards
 */
export async function repeatDeletions(
  dataDir: string,
  key: StorageKey,
  { messages, groups, people }: Deletions,
): Promise<{ messages: number; groups: number; people: number; revision: number }> {
  const store = await openStore(realDisk, dataDir, { now: Date.now, key });
  const done = { messages: 0, groups: 0, people: 0 };
  try {
    for (let from = 0; from < messages.length; from += ROWS_PER_READ) {
      const page = messages.slice(from, from + ROWS_PER_READ);
      const stored = await Promise.all(
        page.map(
          async ({ conversationId, seq }) => (await store.conversation(conversationId))?.lastSeq ?? seq - 1,
        ),
      );
      done.messages += await store.transact(async (tx) => {
        let count = 0;
        for (const [index, gone] of page.entries()) {
          if (gone.seq > (stored[index] ?? 0)) continue;
          const known = await tx.message(gone.conversationId, gone.seq);
          if (!known || known.id !== gone.id || isDeleted(known)) continue;
          if (gone.expired) await tx.expireMessages(gone.conversationId, [gone.seq], {});
          else await tx.changeMessage(emptied(known, gone.deletedAt ?? 0));
          count += 1;
        }
        return count;
      });
    }
    for (const { id, group } of groups) {
      const known = await store.conversation(id);
      if (known?.kind !== 'group' || isDeletedGroup(known)) continue;
      const { infoRev: _, ...ended } = group;
      await store.transact(async (tx) => {
        await tx.saveGroup(id, ended);
        for (const link of await tx.invites()) if (link.conversationId === id) await deleteLink(tx, link);
      });
      done.groups += 1;
    }
    for (const { id } of people) {
      const known = await store.account(id);
      // Also the only owner of that day: whoever is one now is not in these data.
      if (known && (await deletePerson(store, id, { isLastOwnerToo: true }))) done.people += 1;
    }
    return { ...done, revision: store.revision() };
  } finally {
    await store.close();
  }
}
