import type { Account, GroupMembership, Store, StoredMessage, Tx } from '../../src/storage/store.ts';
import { DEFAULT_PERMISSIONS } from '../../src/wire/groups.ts';
import type { Work } from './plan.ts';

export const PEOPLE = ['ani', 'budi', 'cici'];

/** What a transaction did with a message. `isNew`: it was not there already. */
export type Done = { row: StoredMessage; isNew: boolean };

/** Accounts, friends and a group: what each schedule begins with. */
export async function addPeople(tx: Tx): Promise<void> {
  const account = (id: string): Account => ({
    id,
    username: id,
    password: 'hash',
    contacts: [],
    tokenVersion: 0,
    devices: [],
  });
  for (const id of PEOPLE) await tx.saveAccount(account(id));
  await tx.befriend('ani', 'budi', 'ani-budi');
  await tx.befriend('ani', 'cici', 'ani-cici');
  const members = PEOPLE.map(
    (userId, index): GroupMembership => ({
      userId,
      role: index === 0 ? 'owner' : 'member',
      fromSeq: 1,
      joinedSeq: 0,
    }),
  );
  await tx.saveGroup('group', {
    edit: 1,
    name: { edit: 1, v: 1, kid: 'k1', content: 'sealed name' },
    members,
    permissions: DEFAULT_PERMISSIONS,
    newcomersRead: 'none',
  });
}

/** What a request does at a core: a repeat that finds its message at once has no transaction (http/confirmed-routes.ts). */
export async function request(
  store: Store,
  work: Work,
  id: string,
  confirms = true,
): Promise<Done | undefined> {
  const { kind, conversationId } = work;
  const row = kind === 'send' ? await store.recentMessage(conversationId, id) : undefined;
  if (!row) return store.transact((tx) => perform(tx, work, id));
  if (confirms) await store.confirm?.();
  return { row, isNew: false };
}

/** What a verb does in its transaction. The repeat of a send changes nothing. @returns the message of a send or an edit */
async function perform(tx: Tx, { kind, conversationId }: Work, id: string): Promise<Done | undefined> {
  if (kind === 'send') {
    const known = await tx.recentMessage(conversationId, id);
    if (known) return { row: known, isNew: false };
    const sealed = { content: `sealed ${id}`, v: 1 as const, kid: 'k1' };
    const row = await tx.appendMessage({ id, conversationId, senderId: 'ani', timestamp: 1, ...sealed });
    return { row, isNew: true };
  }
  const seq = (await tx.conversation(conversationId))?.lastSeq ?? 0;
  if (kind === 'mark' && seq > 0)
    await tx.saveMarks([{ conversationId, userId: 'ani', delivered: seq, read: seq }]);
  const known = await tx.message(conversationId, seq);
  if (!known) return undefined;
  if (kind === 'hide') await tx.hideMessage(conversationId, 'cici', seq);
  if (kind !== 'edit') return undefined;
  return {
    row: await tx.changeMessage({ ...known, content: `by ${id}`, edit: (known.edit ?? 0) + 1 }),
    isNew: false,
  };
}
