import { groupNameBinding } from '../cipher/binding.ts';
import type { Cipher } from '../cipher/cipher.ts';
import { rankOf, requireGroup } from '../conversations/membership.ts';
import { requireLiving } from '../conversations/relations.ts';
import { ApiError } from '../errors.ts';
import { requireRoom } from '../groups/create-group.ts';
import type { Groups } from '../groups/group-info.ts';
import { readGroupName } from '../groups/group-name.ts';
import type { GroupArchive, GroupConversation, Store, Tx } from '../storage/store.ts';
import { DEFAULT_PERMISSIONS } from '../wire/groups.ts';
import type { Id, ImportProgress, NewImport, OpenImport } from '../wire/wire.ts';

const OWNER_RANK = 3;

export type ImportDeps = { store: Store; cipher: Cipher; groups: Pick<Groups, 'nameOf'> };
export type Archive = GroupConversation & { group: { archive: GroupArchive } };

type Reader = Pick<Tx, 'account' | 'conversation' | 'directBetween'>;
/** An archive of this person, by its id. */
type Own = { id: Id };

/**
 * Begins an import: an archive without rows, of the caller alone. Repeated with the same `conversationId` it answers how
 * far that import is.
 * @throws ApiError INVALID_GROUP_NAME, IMPORT_OPEN (another one is not done), INVALID_REQUEST (the id is another's), LIST_FULL,
 *   CIPHER_UNAVAILABLE, STORAGE_UNAVAILABLE, DISK_FULL, UNAUTHENTICATED; nothing is stored then
 */
export async function startImport(
  { store, cipher }: ImportDeps,
  userId: Id,
  { conversationId, source, name }: NewImport,
): Promise<ImportProgress> {
  const text = readGroupName(name);
  const open = openOf(await store.conversationsOf(userId), userId);
  const known = await requireFree(store, open, userId, conversationId);
  if (known) return progressOf(known);
  const sealed = await cipher.seal(text, groupNameBinding(conversationId, 1));
  return store.transact(async (tx) => {
    await requireLiving(tx, userId);
    // Two starts at once: the second sees the group of the first.
    const groups = (await tx.membershipsOf(userId)).filter(({ role }) => role === 'owner');
    const own = groups.map((one) => ({ id: one.conversationId }));
    const same = await requireFree(tx, own, userId, conversationId);
    if (same) return progressOf(same);
    await requireRoom(tx, [userId], 'themselves');
    await tx.saveGroup(conversationId, {
      edit: 1,
      name: { edit: 1, ...sealed },
      members: [{ userId, role: 'owner', fromSeq: 1, joinedSeq: 0 }],
      permissions: DEFAULT_PERMISSIONS,
      newcomersRead: 'all',
      archive: { source },
    });
    return { conversationId, rows: 0 };
  });
}

/** The imports of a person that are not done. @throws ApiError CIPHER_UNAVAILABLE */
export async function listImports({ store, groups }: ImportDeps, userId: Id): Promise<OpenImport[]> {
  const open = openOf(await store.conversationsOf(userId), userId);
  return Promise.all(
    open.map(async (archive) => ({
      ...progressOf(archive),
      source: archive.group.archive.source,
      name: await groups.nameOf(archive),
    })),
  );
}

/**
 * Ends an import: its archive appears among the chats of the caller. `rows` is how many there are. Repeatable.
 * @throws ApiError NOT_MEMBER, NOT_ALLOWED, WRONG_ROW, STORAGE_UNAVAILABLE, DISK_FULL
 */
export function finishImport(
  { store }: Pick<ImportDeps, 'store'>,
  userId: Id,
  conversationId: Id,
  rows: number,
): Promise<ImportProgress> {
  return store.transact(async (tx) => {
    const conversation = await requireArchive(tx, userId, conversationId);
    const { group, lastSeq } = conversation;
    const stored = group.archive.rows ?? lastSeq;
    if (rows !== stored) throw new ApiError('WRONG_ROW', { detail: `The import has ${stored} rows.` });
    if (group.archive.rows === undefined)
      await tx.saveGroup(conversationId, {
        ...group,
        archive: { ...group.archive, rows },
        // Only later rows are unread.
        members: group.members.map((member) => ({ ...member, joinedSeq: rows })),
      });
    return { conversationId, rows };
  });
}

/** An archive of which this person is the owner. @throws ApiError NOT_MEMBER, NOT_ALLOWED, also for other groups */
export async function requireArchive(reader: Reader, userId: Id, conversationId: Id): Promise<Archive> {
  const group = await requireGroup(reader, userId, conversationId);
  if (rankOf(group, userId) < OWNER_RANK || !isArchive(group)) throw new ApiError('NOT_ALLOWED');
  return group;
}

/** The person's own archive of this id, if it is there already. @throws ApiError IMPORT_OPEN, INVALID_REQUEST */
async function requireFree(
  reader: Pick<Reader, 'account' | 'conversation'>,
  own: Own[],
  userId: Id,
  conversationId: Id,
): Promise<Archive | undefined> {
  const known = await reader.conversation(conversationId);
  if (known?.kind === 'group' && isArchive(known) && rankOf(known, userId) === OWNER_RANK) return known;
  // A group's files are named after its id, and so are those of a person.
  if (known || (await reader.account(conversationId)))
    throw new ApiError('INVALID_REQUEST', { detail: 'This conversationId is taken.' });
  for (const { id } of own) {
    const now = await reader.conversation(id);
    if (now && openOf([now], userId).length > 0) throw new ApiError('IMPORT_OPEN');
  }
  return undefined;
}

function openOf(conversations: Awaited<ReturnType<Store['conversationsOf']>>, userId: Id): Archive[] {
  return conversations
    .filter((one) => one.kind === 'group')
    .filter(isArchive)
    .filter((one) => one.group.archive.rows === undefined && rankOf(one, userId) === OWNER_RANK);
}

function isArchive(group: GroupConversation): group is Archive {
  return group.group.archive !== undefined;
}

const progressOf = ({ id, lastSeq, group }: Archive): ImportProgress => ({
  conversationId: id,
  rows: group.archive.rows ?? lastSeq,
});
