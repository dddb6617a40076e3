import { join } from 'node:path';
import { sealedOffset } from '../../../cipher/cipher.ts';
import type { Id } from '../../../wire/wire.ts';
import { changesOf, isDeletedGroup } from '../../rows.ts';
import {
  type FileRef,
  type FileUsage,
  fileKey,
  type StoredAttachment,
  type StoredMessage,
} from '../../store.ts';
import type { Disk } from '../disk/disk.ts';
import { UNFINISHED } from '../pages/attachment-folder.ts';
import type { DamageHandler } from '../pages/page-file.ts';
import { revOf } from '../state/conversation-state.ts';
import type { State } from '../state/state.ts';

/** A file of a message. */
export type FileOfMessage = { row: StoredMessage; file: StoredAttachment };

export type FoundFiles = {
  /** The files of messages that are there. */
  whole: FileOfMessage[];
  /** Those whose bytes are lost, by the message that has them. */
  lost: (FileRef & { seq: number })[];
  /** Paths of files that no row names. Without their key, which is in the row, nothing opens them. */
  unnamed: string[];
};

/** The newest rows of pages that have files, by conversation and seq. */
export class FilesOfMessages {
  private readonly rows = new Map<Id, Map<number, StoredMessage>>();

  add(rows: StoredMessage[]): void {
    for (const row of rows) {
      if (!row.attachments) continue;
      const own = this.rows.get(row.conversationId) ?? new Map();
      this.rows.set(row.conversationId, own.set(row.seq, row));
    }
  }

  /** All files of messages as they are now: those of pages, under the changes and the newer messages in memory. */
  all(state: State): FileOfMessage[] {
    const found: FileOfMessage[] = [];
    for (const { header, tail, overlay } of state.conversationStates()) {
      if (isDeletedGroup(header)) continue;
      const rows = new Map(this.rows.get(header.id));
      for (const row of [...overlay.values(), ...tail]) {
        if (revOf(rows.get(row.seq)) <= revOf(row)) rows.set(row.seq, row);
      }
      for (const row of rows.values()) found.push(...(row.attachments ?? []).map((file) => ({ row, file })));
    }
    return found;
  }
}

type Input = {
  state: State;
  revision: number;
  ofMessages: FilesOfMessages;
  /** Groups whose messages are put aside: their files are too. */
  memberless: Id[];
  report: DamageHandler;
};

/**
 * Compares the files on the disk with the rows that name them. In `state` it marks lost files in their messages, whose
 * texts stay, forgets uploads that a message has, and counts anew what people use.
 */
export async function scanFiles(disk: Disk, folder: string, input: Input): Promise<FoundFiles> {
  const { state, revision, ofMessages, memberless, report } = input;
  const root = join(folder, 'attachments');
  const all = ofMessages.all(state);
  const sizes = await sizesIn(disk, root);
  const found: FoundFiles = { whole: [], lost: [], unnamed: [] };
  const lostIn = new Map<StoredMessage, Set<Id>>();
  for (const { row, file } of all) {
    if (file.lost) continue;
    const { conversationId, seq } = row;
    const path = join(root, conversationId, file.id);
    const size = sizes.get(path);
    if (size === sealedOffset(file.size)) {
      found.whole.push({ row, file });
      continue;
    }
    const what =
      size === undefined ? 'it is missing' : `it has ${size} bytes and not ${sealedOffset(file.size)}`;
    report(path, 0, `${what}: a file of message ${seq}`);
    found.lost.push({ conversationId, id: file.id, seq });
    lostIn.set(row, (lostIn.get(row) ?? new Set()).add(file.id));
  }
  const named = new Set(
    [...all.map(({ row, file }) => ({ ...row, id: file.id })), ...state.uploads()].map(fileKey),
  );
  for (const path of sizes.keys()) {
    const [conversationId = '', name = ''] = path.slice(root.length + 1).split('/');
    const id = name.endsWith(UNFINISHED) ? name.slice(0, -UNFINISHED.length) : name;
    const header = state.conversation(conversationId);
    if (named.has(fileKey({ conversationId, id }))) continue;
    // What is left of a deleted group is erased within the hour.
    if (header && isDeletedGroup(header) && !memberless.includes(conversationId)) continue;
    report(path, 0, 'no message and no upload names it');
    found.unnamed.push(path);
  }
  for (const [row, ids] of lostIn) markLost(state, row, ids, revision);
  if (endClaimedUploads(state, all)) report(join(folder, 'uploads'), 0, 'it names files that messages have');
  if (countAnew(state, all))
    report(join(folder, 'conversations'), 0, 'what people use in files is counted wrong');
  return found;
}

/** The sizes of all files, by path. */
async function sizesIn(disk: Disk, root: string): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for (const conversationId of await disk.list(root)) {
    for (const name of await disk.list(join(root, conversationId))) {
      const path = join(root, conversationId, name);
      sizes.set(path, (await disk.size(path)) ?? 0);
    }
  }
  return sizes;
}

function markLost(state: State, row: StoredMessage, ids: ReadonlySet<Id>, revision: number): void {
  const attachments = row.attachments?.map((one) =>
    ids.has(one.id) ? { ...one, lost: true as const } : one,
  );
  state.apply(changesOf({ edits: [{ ...row, ...(attachments && { attachments }), changedRev: revision }] }));
}

/** A lost line of the journal may have said that a message claimed an upload: the sweep must not remove that file. */
function endClaimedUploads(state: State, all: FileOfMessage[]): boolean {
  const claimed = new Set(all.map(({ row, file }) => fileKey({ ...row, id: file.id })));
  const wrong = state.uploads().filter((row) => claimed.has(fileKey(row)));
  for (const { id, conversationId } of wrong) state.putUpload({ state: 'removed', id, conversationId });
  return wrong.length > 0;
}

/** Counts what each person uses in each conversation. @returns whether any count was wrong */
function countAnew(state: State, all: FileOfMessage[]): boolean {
  const counted = new Map<string, FileUsage>();
  const keyOf = ({ conversationId, userId }: Pick<FileUsage, 'conversationId' | 'userId'>) =>
    `${conversationId} ${userId}`;
  for (const { header } of state.conversationStates()) {
    for (const usage of state.usagesIn(header.id))
      counted.set(keyOf(usage), { ...usage, bytes: 0, files: 0 });
  }
  for (const { row, file } of all) {
    const own = { conversationId: row.conversationId, userId: row.senderId };
    const { bytes, files } = counted.get(keyOf(own)) ?? { bytes: 0, files: 0 };
    counted.set(keyOf(own), { ...own, bytes: bytes + file.size, files: files + 1 });
  }
  let isWrong = false;
  for (const usage of counted.values()) {
    const { bytes, files } = state.usageIn(usage.conversationId, usage.userId);
    if (bytes === usage.bytes && files === usage.files) continue;
    isWrong = true;
    state.putUsage(usage);
  }
  return isWrong;
}
