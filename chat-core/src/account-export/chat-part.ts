import { safeFileName } from '../attachments/disposition.ts';
import { isReadable, requireMember } from '../conversations/membership.ts';
import { ApiError } from '../errors.ts';
import { openMessagesFor } from '../messages/message.ts';
import { strangerProfiles } from '../people/public-profile.ts';
import { fromSeqOf } from '../storage/rows.ts';
import type { Conversation, PageBudget, StoredMessage } from '../storage/store.ts';
import type { Attachment, Id, Message } from '../wire/wire.ts';
import { type ExportDeps, exportedPerson, isoTime, shortName } from './account-parts.ts';

/** Rows that are read and opened together: those of one page of the storage. */
const ROWS_AT_ONCE = 128;
/** An export has a limit of its own, and its pages do not drive others out of the cache. */
const UNCACHED: PageBudget = { count: () => {}, skipsCache: true };

/** A conversation in an export: `folder` is its name there, and different for each. */
export type ExportedChat = { conversation: Conversation; title: string; folder: string };

/** What runs before each page of rows and each piece of a file: it throws when the export has to end. */
export type Checkpoint = () => Promise<void>;

/**
 * The readable messages of a conversation as a person sees them, oldest first, a page at a time, up to the newest at the start. It
 * ends early where the person is no member any more. `isNeeded` chooses rows before they are opened.
 * @throws ApiError CIPHER_UNAVAILABLE, and what `checkpoint` throws
 */
export async function* readableMessages(
  deps: ExportDeps,
  userId: Id,
  { id, lastSeq }: Conversation,
  checkpoint: Checkpoint,
  signal: AbortSignal,
  isNeeded: (row: StoredMessage) => boolean = () => true,
): AsyncGenerator<Message[]> {
  let after = 0;
  while (after < lastSeq) {
    await checkpoint();
    const conversation = await memberOf(deps, userId, id);
    if (!conversation) return;
    after = Math.max(after, fromSeqOf(conversation, userId) - 1);
    const rows = await deps.store.messages(id, { after, limit: ROWS_AT_ONCE, budget: UNCACHED });
    const last = rows.at(-1);
    if (!last) return;
    after = last.seq;
    const readable = rows.filter(
      (row) => row.seq <= lastSeq && isReadable(conversation, userId, row) && isNeeded(row),
    );
    const messages = await openMessagesFor(deps, userId, readable, signal);
    yield messages.filter(({ hidden, deleted, expired }) => !hidden && !deleted && !expired);
  }
}

async function memberOf(
  { store }: ExportDeps,
  userId: Id,
  conversationId: Id,
): Promise<Conversation | undefined> {
  try {
    return await requireMember(store, userId, { conversationId });
  } catch (error) {
    if (error instanceof ApiError && error.code === 'NOT_MEMBER') return undefined;
    throw error;
  }
}

/** A conversation as JSON, in pieces: its members, then its messages. @throws as readableMessages */
export async function* chatPart(
  deps: ExportDeps,
  userId: Id,
  { conversation, title, folder }: ExportedChat,
  checkpoint: Checkpoint,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const names = new Map<Id, string>();
  const members: object[] = [];
  for (const id of new Set(conversation.members)) {
    const profile = await deps.profiles.visibleTo(userId, id);
    names.set(id, shortName(profile));
    members.push(exportedPerson(profile));
  }
  const head = JSON.stringify({ id: conversation.id, kind: conversation.kind, title, members }, null, 1);
  // The list of messages is the last field.
  yield Buffer.from(`${head.slice(0, head.lastIndexOf('}')).trimEnd()},\n "messages": [`);
  let separator = '\n';
  for await (const messages of readableMessages(deps, userId, conversation, checkpoint, signal)) {
    await addFormer(deps, names, messages);
    const texts = messages.map((one) => JSON.stringify(exportedMessage(one, names, folder)));
    if (texts.length === 0) continue;
    yield Buffer.from(separator + texts.join(',\n'));
    separator = ',\n';
  }
  yield Buffer.from('\n ]\n}\n');
}

/** Adds the names of people whom messages name and who are no members any more. */
async function addFormer({ store }: ExportDeps, names: Map<Id, string>, messages: Message[]): Promise<void> {
  const named = messages.flatMap(({ senderId, event, mentions = [] }) => [
    senderId,
    ...(event?.userIds ?? []),
    ...mentions,
  ]);
  const ids = [...new Set(named)].filter((id) => !names.has(id));
  const profiles = await strangerProfiles(store, ids);
  for (const [index, profile] of profiles.entries()) names.set(ids[index] as Id, shortName(profile));
}

function exportedMessage(message: Message, names: ReadonlyMap<Id, string>, folder: string): object {
  const { seq, senderId, content, timestamp, editedAt, expiresAt, replyTo, imported, reactions } = message;
  const nameOf = (id: Id) => names.get(id) ?? '';
  const { event, mentions, attachments, poll } = message;
  const { userIds, ...change } = event ?? {};
  return {
    seq,
    time: isoTime(timestamp),
    from: nameOf(senderId),
    ...(event
      ? { event: { ...change, ...(userIds && { people: userIds.map(nameOf) }) } }
      : { text: content }),
    ...(message.locked && { unreadable: true }),
    ...(editedAt !== undefined && { editedAt: isoTime(editedAt) }),
    ...(expiresAt !== undefined && { expiresAt: isoTime(expiresAt) }),
    ...(replyTo !== undefined && { replyTo }),
    ...(mentions && { mentions: mentions.map(nameOf) }),
    ...(message.forwarded && { forwarded: true }),
    ...(imported && { imported: { source: imported.source, name: imported.name ?? '' } }),
    ...(reactions && { reactions }),
    ...(poll && { poll: exportedPoll(poll) }),
    ...(attachments && {
      files: attachments.map((file, index) => ({
        ...{ name: file.name, type: file.type, size: file.size, path: filePath(folder, seq, index, file) },
        ...(file.alt && { alt: file.alt }),
        ...(file.voice && { voice: true }),
      })),
    }),
  };
}

/** A poll with the numbers of its votes, and which answers are the person's own. */
function exportedPoll({ closesAt, ...poll }: NonNullable<Message['poll']>): object {
  return { ...poll, ...(closesAt !== undefined && { closesAt: isoTime(closesAt) }) };
}

/** Where a file of a message is in an export. */
export function filePath(folder: string, seq: number, index: number, { name }: Attachment): string {
  return `files/${folder}/${seq}-${index + 1} ${shortFileName(name)}`;
}

/** At most 80 code points of a name, with its ending. */
export function shortFileName(name: string): string {
  const all = [...safeFileName(name)];
  return all.length <= 80 ? all.join('') : [...all.slice(0, 68), ...all.slice(-12)].join('');
}
