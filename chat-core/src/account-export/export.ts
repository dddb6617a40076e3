import { openRange, requireFile } from '../attachments/download.ts';
import { ApiError, type ErrorCode } from '../errors.ts';
import { isOpenArchive } from '../storage/store.ts';
import { MAX_PART_BYTES } from '../wire/attachments.ts';
import type { Attachment, Id, Message } from '../wire/wire.ts';
import { accountPart, type ExportDeps, friendsPart, picturePart, titleOf } from './account-parts.ts';
import {
  type Checkpoint,
  chatPart,
  type ExportedChat,
  filePath,
  readableMessages,
  shortFileName,
} from './chat-part.ts';
import { README } from './readme.ts';
import type { ZipFile } from './zip.ts';

/** A file that cannot be read any more is named in the export, which goes on. */
const MISSING_CODES: ReadonlySet<ErrorCode> = new Set([
  'NOT_MEMBER',
  'NO_SUCH_MESSAGE',
  'NO_SUCH_FILE',
  'FILE_DAMAGED',
]);
/** Files that MISSING.txt names. */
const MAX_MISSING = 10_000;

/**
 * All that a person may read, as the files of a zip: each is read while it is written, and checked before. `checkpoint` runs before
 * each page of rows and each piece of a file; `signal` ends the work when no one waits for it.
 * @throws ApiError UNAUTHENTICATED without an account, CIPHER_UNAVAILABLE, and what `checkpoint` throws
 */
export async function* exportFiles(
  deps: ExportDeps,
  userId: Id,
  checkpoint: Checkpoint,
  signal: AbortSignal,
): AsyncGenerator<ZipFile> {
  const account = await deps.store.account(userId);
  if (!account) throw new ApiError('UNAUTHENTICATED');
  yield text('README.txt', README);
  yield json('account.json', await accountPart(deps, account));
  yield json('friends.json', await friendsPart(deps, account));
  const picture = await picturePart(deps, userId);
  if (picture)
    yield { path: `files/profile.${picture.ending}`, isCompressed: true, bytes: only(picture.bytes) };
  const missing: string[] = [];
  let number = 0;
  for (const conversation of await deps.store.conversationsOf(userId)) {
    // Of an import that is not done, no client knows the conversation.
    if (isOpenArchive(conversation)) continue;
    await checkpoint();
    const title = await titleOf(deps, userId, conversation);
    const folder = shortFileName(`${String(++number).padStart(3, '0')} ${title}`.trim());
    const chat = { conversation, title, folder };
    yield { path: `chats/${folder}.json`, bytes: chatPart(deps, userId, chat, checkpoint, signal) };
    yield* filesOf(deps, userId, chat, checkpoint, signal, missing);
  }
  if (missing.length > 0) yield text('MISSING.txt', `${missing.join('\n')}\n`);
}

/** The files of a conversation. Their rows are read again: what was deleted meanwhile is left out. */
async function* filesOf(
  deps: ExportDeps,
  userId: Id,
  { conversation, folder }: ExportedChat,
  checkpoint: Checkpoint,
  signal: AbortSignal,
  missing: string[],
): AsyncGenerator<ZipFile> {
  const hasFiles = (row: { attachments?: unknown[] }) => row.attachments !== undefined;
  for await (const messages of readableMessages(deps, userId, conversation, checkpoint, signal, hasFiles))
    for (const message of messages)
      for (const [index, file] of (message.attachments ?? []).entries()) {
        const path = filePath(folder, message.seq, index, file);
        const onMissing = () => {
          if (missing.length < MAX_MISSING) missing.push(path);
        };
        yield {
          path,
          isCompressed: true,
          bytes: fileBytes(deps, userId, message, file, checkpoint, onMissing),
        };
      }
}

/** The bytes of a file in pieces, each after a check that the person may read it; cut short where they may not any more. */
async function* fileBytes(
  { store, cipher }: ExportDeps,
  userId: Id,
  { conversationId, seq }: Message,
  { id, size }: Attachment,
  checkpoint: Checkpoint,
  onMissing: () => void,
): AsyncGenerator<Buffer> {
  try {
    for (let start = 0; start < size; start += MAX_PART_BYTES) {
      await checkpoint();
      const found = await requireFile(store, userId, { conversationId, seq, attachmentId: id });
      yield await openRange({ store, cipher }, found, { start, end: Math.min(size, start + MAX_PART_BYTES) });
    }
  } catch (error) {
    if (!(error instanceof ApiError && MISSING_CODES.has(error.code))) throw error;
    onMissing();
  }
}

function json(path: string, content: object): ZipFile {
  return text(path, `${JSON.stringify(content, null, 1)}\n`);
}

function text(path: string, content: string): ZipFile {
  return { path, bytes: only(Buffer.from(content)) };
}

async function* only(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
