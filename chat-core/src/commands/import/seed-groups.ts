import { toId } from '../../storage/foreign-ids.ts';
import type { SeqRanges } from '../../storage/seq-ranges.ts';
import type { GroupArchive, GroupMembership, StoredImport } from '../../storage/store.ts';
import { GroupEvent, GroupPermissions, GroupRole, ImportSource, NewcomersRead } from '../../wire/groups.ts';
import type { Id } from '../../wire/wire.ts';
import { readHeader, type SeedHeader } from '../export-settings/seed-settings.ts';
import { isSeq, listOf, userIds } from './seed-fields.ts';

/** A group of a Bisik export. `name` is text, or ciphertext bound to the group's id and `edit`. */
export type SeedGroup = SeedHeader & {
  id: Id;
  name: string | { v: 1; kid: string; content: string; edit: number };
  members: GroupMembership[];
  permissions: GroupPermissions;
  newcomersRead: NewcomersRead;
  archive?: GroupArchive;
  requests: Id[];
  removed: Id[];
  /** Seqs that the export left out, because their messages have expired. */
  omitted?: SeqRanges;
};

type Fields = Record<string, unknown>;

const PERMISSIONS: GroupPermissions = {
  post: 'everyone',
  addMembers: 'admins',
  editInfo: 'admins',
  pin: 'admins',
  removeMessages: 'admins',
};

/** Reads a group of the file, undefined when it has no id or no name. What else is not readable has the value of a new group. */
export function readGroup(group: Fields): SeedGroup | undefined {
  const { id, name, v, kid, content, edit } = group;
  if (typeof id !== 'string' || id === '' || !id.isWellFormed()) return undefined;
  const isSealed = v === 1 && typeof kid === 'string' && typeof content === 'string' && isSeq(edit);
  if (typeof name !== 'string' && !isSealed) return undefined;
  const readable = listOf(group.members)
    .map(readMember)
    .filter((member) => member !== undefined);
  const members = new Map(readable.map((member) => [member.userId, member]));
  return {
    id: toId('conversation', id),
    name:
      typeof name === 'string'
        ? name
        : { v: 1, kid: String(kid), content: String(content), edit: Number(edit) },
    members: [...members.values()],
    permissions: GroupPermissions.safeParse(group.permissions).data ?? PERMISSIONS,
    newcomersRead: NewcomersRead.safeParse(group.newcomersRead).data ?? 'none',
    ...readArchive(group.archive),
    ...readHeader(group),
    requests: userIds(group.requests),
    removed: userIds(group.removed),
  };
}

function readArchive(archive: unknown): Pick<SeedGroup, 'archive'> {
  const { source, rows } = (archive ?? {}) as Fields;
  const app = ImportSource.safeParse(source).data;
  return app ? { archive: { source: app, ...(isSeq(rows) && { rows }) } } : {};
}

/** Reads where an imported row comes from; `name` is that of its author where the export is readable. */
export function readImported(imported: unknown): (StoredImport & { name: string }) | undefined {
  const { source, userId, name } = (imported ?? {}) as Fields;
  const app = ImportSource.safeParse(source).data;
  const [id] = userIds([userId]);
  if (!app) return undefined;
  return { source: app, name: typeof name === 'string' ? name : '', ...(id !== undefined && { userId: id }) };
}

function readMember(member: unknown): GroupMembership | undefined {
  const { userId, role, fromSeq, joinedSeq } = (member ?? {}) as Fields;
  const [id] = userIds([userId]);
  // Without the first readable message nothing of the past is shown.
  if (id === undefined || !isSeq(fromSeq) || fromSeq < 1) return undefined;
  return {
    userId: id,
    role: GroupRole.safeParse(role).data ?? 'member',
    fromSeq,
    joinedSeq: isSeq(joinedSeq) ? joinedSeq : fromSeq - 1,
  };
}

/** Reads the event of a system row, with the ids of accounts as an import makes them. */
export function readEvent(event: unknown): GroupEvent | undefined {
  const { type, role, userIds: named, after } = (event ?? {}) as Fields;
  return GroupEvent.safeParse({
    type,
    ...(role !== undefined && { role }),
    ...(after !== undefined && { after }),
    ...(named !== undefined && { userIds: userIds(named) }),
  }).data;
}
