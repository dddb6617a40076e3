import type { Id } from '../wire/wire.ts';
import {
  type Changes,
  isDeletedGroup,
  openUploadsTo,
  type Rows,
  uploadRows,
  withDeparture,
  withReturn,
} from './rows.ts';
import type { Account, Conversation, Group, GroupConversation, StoredPicture } from './store.ts';

/**
 * The row of a group, new or changed, with the departures and returns of people that follow from its members. Without
 * members it is deleted: what else its header had is gone, and the uploads to it are discarded.
 * @throws Error for the id of a direct conversation, an account, or a deleted group
 */
export function savedGroup(
  rows: Pick<Rows, 'account' | 'conversation' | 'uploads'>,
  rev: number,
  id: Id,
  input: Omit<Group, 'infoRev'>,
): { conversation: GroupConversation; changes: Partial<Changes> } {
  const known = rows.conversation(id);
  if (known && known.kind !== 'group') throw new Error('a direct conversation does not become a group');
  if (known && isDeletedGroup(known)) throw new Error('a deleted group does not come back');
  if (rows.account(id)) throw new Error('a group does not have the id of an account');
  const members = input.members.map(({ userId }) => userId);
  const isDeleted = members.length === 0;
  const conversation: GroupConversation = {
    ...(!isDeleted && known),
    id,
    kind: 'group',
    members,
    lastSeq: isDeleted ? 0 : (known?.lastSeq ?? 0),
    group: { ...input, infoRev: rev },
    rev,
  };
  const before = new Set(known?.members);
  const accountOf = (userId: Id): Account => {
    const account = rows.account(userId);
    if (!account) throw new Error('a member needs an account');
    return account;
  };
  const departed = [...before].filter((userId) => !members.includes(userId));
  const joined = members.filter((userId) => !before.has(userId));
  const accounts = [
    ...departed.map((userId) => withDeparture(accountOf(userId), id, rev)),
    ...joined.flatMap((userId) => withReturn(accountOf(userId), id) ?? []),
  ];
  const uploads = isDeleted ? uploadRows('discarded', id, openUploadsTo(rows, id)) : [];
  return { conversation, changes: { accounts, conversations: [conversation], uploads } };
}

/** A group with another ciphertext of its name. @throws Error when the name itself differs */
export function groupWithResealedName(
  known: Conversation | undefined,
  name: Group['name'],
): GroupConversation {
  if (known?.kind !== 'group' || known.group.name.edit !== name.edit)
    throw new Error('a name that changed is not resealed');
  return { ...known, group: { ...known.group, name } };
}

/** @throws Error for a picture that its person, or its group, does not have any more */
export function requireCurrentPicture(
  rows: Pick<Rows, 'account' | 'conversation'>,
  { userId, id }: StoredPicture,
): void {
  const conversation = rows.conversation(userId);
  const group = conversation?.kind === 'group' ? conversation.group : undefined;
  const named = (rows.account(userId)?.profile ?? group)?.picture;
  if (named?.id !== id) throw new Error('a picture that changed is not resealed');
}
