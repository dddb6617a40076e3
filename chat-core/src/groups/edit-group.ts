import { v4 as uuid } from 'uuid';
import { groupNameBinding } from '../cipher/binding.ts';
import { requireAdmin, requireGroup, requirePermission } from '../conversations/membership.ts';
import { ApiError } from '../errors.ts';
import { openPicture, readPicture, sealPicture } from '../people/picture.ts';
import type { Group, GroupConversation, Tx } from '../storage/store.ts';
import type { EditGroup, GroupEvent, GroupInfo, Id, Picture, PictureAnswer } from '../wire/wire.ts';
import { withChanges } from './create-group.ts';
import { appendEvent } from './group-events.ts';
import type { GroupDeps } from './group-info.ts';
import { readGroupName } from './group-name.ts';

type Reader = Pick<Tx, 'account' | 'conversation' | 'directBetween'>;

/**
 * Changes a group's name, picture, permissions, or what newcomers may read: all of it or nothing, each change with its
 * system row. What already is so changes nothing, so an edit can be repeated.
 * @throws ApiError INVALID_GROUP_NAME, INVALID_PICTURE, NOT_MEMBER, NOT_ALLOWED, CIPHER_UNAVAILABLE, STORAGE_UNAVAILABLE,
 *   DISK_FULL; nothing is changed then
 */
export async function editGroup(
  deps: GroupDeps,
  userId: Id,
  conversationId: Id,
  input: EditGroup,
): Promise<GroupInfo> {
  const { store, groups } = deps;
  const name = input.name === undefined ? undefined : readGroupName(input.name);
  const picture = input.picture ? readPicture(input.picture) : input.picture;
  for (;;) {
    const before = await requireEditor(store, userId, conversationId, input);
    const edit = await sealEdit(deps, before, { name, picture });
    const stored = await store.transact(async (tx) => {
      const now = await requireEditor(tx, userId, conversationId, input);
      // Another edit took this number: seal again with the next.
      if (now.group.edit !== before.group.edit) return undefined;
      const permissions = withChanges(now.group.permissions, input.permissions);
      const newcomersRead = input.newcomersRead ?? now.group.newcomersRead;
      const events: GroupEvent['type'][] = [
        ...edit.events,
        ...(isSame(permissions, now.group.permissions) ? [] : (['permissions'] as const)),
        ...(newcomersRead === now.group.newcomersRead ? [] : (['newcomersRead'] as const)),
      ];
      if (events.length === 0) return now;
      const { infoRev: _, picture: __, ...rest } = now.group;
      const { pictureRow, change } = edit;
      const shown = 'picture' in change ? change.picture : now.group.picture;
      const group = { ...rest, ...change, permissions, newcomersRead };
      const next: Omit<Group, 'infoRev'> = withPicture(group, shown);
      const saved = await tx.saveGroup(conversationId, next, pictureRow);
      for (const type of events) await appendEvent(tx, store, conversationId, userId, { type });
      return saved;
    });
    if (stored) return groups.infoFor(stored, userId);
  }
}

/** The picture of a group, for its members. @throws ApiError NOT_MEMBER, NO_SUCH_PICTURE, CIPHER_UNAVAILABLE */
export async function readGroupPicture(
  { store, cipher }: GroupDeps,
  userId: Id,
  conversationId: Id,
): Promise<PictureAnswer> {
  const { group } = await requireGroup(store, userId, conversationId);
  const row = group.picture && (await store.picture(conversationId));
  const picture = row && row.id === group.picture?.id ? await openPicture(cipher, row, userId) : undefined;
  if (!picture) throw new ApiError('NO_SUCH_PICTURE');
  return picture;
}

/** Settings are for admins; name and picture for those with the permission. */
async function requireEditor(
  reader: Reader,
  userId: Id,
  conversationId: Id,
  input: EditGroup,
): Promise<GroupConversation> {
  if (input.permissions || input.newcomersRead) await requireAdmin(reader, userId, conversationId);
  if (input.name === undefined && input.picture === undefined) {
    return requireGroup(reader, userId, conversationId);
  }
  return requirePermission(reader, userId, conversationId, 'editInfo');
}

type SealedEdit = {
  change: { edit?: number; name?: Group['name']; picture?: Group['picture'] };
  pictureRow?: Awaited<ReturnType<typeof sealPicture>>;
  events: GroupEvent['type'][];
};

async function sealEdit(
  deps: GroupDeps,
  conversation: GroupConversation,
  input: { name: string | undefined; picture: Picture | null | undefined },
): Promise<SealedEdit> {
  const { cipher, groups } = deps;
  const { id, group } = conversation;
  const isRenamed = input.name !== undefined && input.name !== (await groups.nameOf(conversation));
  const isPictured = input.picture !== undefined && !(await hasPicture(deps, conversation, input.picture));
  if (!isRenamed && !isPictured) return { change: {}, events: [] };
  const edit = group.edit + 1;
  const events: GroupEvent['type'][] = [
    ...(isRenamed ? (['renamed'] as const) : []),
    ...(isPictured ? (['picture'] as const) : []),
  ];
  const [name, pictureRow] = await Promise.all([
    isRenamed ? cipher.seal(input.name ?? '', groupNameBinding(id, edit)) : undefined,
    isPictured && input.picture
      ? sealPicture(cipher, { userId: id, id: uuid(), edit }, input.picture)
      : undefined,
  ]);
  return {
    events,
    ...(pictureRow && { pictureRow }),
    change: {
      edit,
      ...(name && { name: { edit, ...name } }),
      ...(isPictured && { picture: pictureRow && { id: pictureRow.id, edit } }),
    },
  };
}

/** Whether a group already has this picture, or has none and is to have none. */
async function hasPicture(
  { store, cipher }: GroupDeps,
  { id, group }: GroupConversation,
  wanted: Picture | null,
): Promise<boolean> {
  if (!group.picture || !wanted) return !group.picture && !wanted;
  const row = await store.picture(id);
  const shown = row && row.id === group.picture.id ? await openPicture(cipher, row, id) : undefined;
  return shown?.type === wanted.type && shown.data === wanted.data;
}

function withPicture(
  group: Omit<Group, 'infoRev' | 'picture'>,
  picture: Group['picture'],
): Omit<Group, 'infoRev'> {
  return picture ? { ...group, picture } : group;
}

const isSame = (a: object, b: object) => JSON.stringify(a) === JSON.stringify(b);
