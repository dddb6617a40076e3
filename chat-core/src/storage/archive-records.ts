import type { Id, ImportSource } from '../wire/wire.ts';

/**
 * What makes a group an archive of chats from another app: no one writes to it. Its rows are the first messages of the
 * group, in order. Absent `rows`: it is being filled, by its owner alone, and no client is notified of it.
 */
export type GroupArchive = { source: ImportSource; rows?: number };

/**
 * A row that was imported from another app. Its author's name is sealed with its text (imports/archive-row.ts); `userId` is
 * the person of this box whom the importer takes them for. It was sent by no account: `senderId` is the importer.
 */
export type StoredImport = { source: ImportSource; userId?: Id };

/** Whether a group is an archive that is still being filled. */
export function isOpenArchive(conversation: { kind: string; group?: { archive?: GroupArchive } }): boolean {
  const archive = conversation.kind === 'group' ? conversation.group?.archive : undefined;
  return archive !== undefined && archive.rows === undefined;
}
