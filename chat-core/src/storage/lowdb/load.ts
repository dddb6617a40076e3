import { join } from 'node:path';
import type { Stamp } from '../../clock.ts';
import type { StoredInvite, StoredMessage } from '../store.ts';
import type { Disk } from './disk.ts';
import type { PagedHeader } from './entry.ts';
import { type Journal, journalNumber } from './journal.ts';
import type { Line } from './line.ts';
import { type Meta, newMeta, readMeta, writeMeta } from './meta.ts';
import { migrate } from './migrations.ts';
import { Damage, PageFile } from './page-file.ts';
import type { PagedAccount } from './people-state.ts';
import { replay } from './replay.ts';
import { State } from './state.ts';
import type { Warn } from './upkeep.ts';

/** A file that is in DATA_DIR while a restore replaces what is there. */
export const RESTORING = 'restoring';

export type Loaded = {
  meta: Meta;
  state: State;
  journal: Journal;
  revision: number;
  /** When the newest commit was made. */
  last: Stamp;
  /** On the time line of the box, the oldest commit whose replaced content may still be on the disk. */
  eraseSince: number | undefined;
};

/**
 * Reads a folder into memory: pages of people and headers, then the journal over them. A folder without a database
 * gets one; an older form is brought to today's. @throws Damage
 */
export async function load(
  disk: Disk,
  folder: string,
  { fileBytes, warn }: { fileBytes: number | undefined; warn: Warn },
): Promise<Loaded> {
  for (const name of ['', 'users', 'pictures', 'conversations', 'invites', 'messages', 'journal']) {
    await disk.makeFolder(join(folder, name));
    // A process that was killed may have left names that are read but not durable yet.
    await disk.syncFolder(join(folder, name));
  }
  if (await disk.read(join(folder, RESTORING))) {
    throw new Error(`A restore of ${folder} was cut off: do it again with npm run restore.`);
  }
  await migrate(disk, folder, warn);
  const meta = (await readMeta(disk, folder)) ?? (await makeMeta(disk, folder));
  const state = new State();
  for await (const { users } of pagesOf<{ users: PagedAccount[] }>(disk, join(folder, 'users'))) {
    for (const account of users) state.putAccount(account);
  }
  for await (const { conversations } of pagesOf<{ conversations: PagedHeader[] }>(
    disk,
    join(folder, 'conversations'),
  )) {
    for (const row of conversations) state.putPaged(row);
  }
  for await (const { invites } of pagesOf<{ invites: StoredInvite[] }>(disk, join(folder, 'invites'))) {
    for (const invite of invites) state.putInvite(invite);
  }
  for (const pages of Object.values(state.changed)) pages.clear();

  let last = stampOf(meta.checkpoint);
  let eraseSince = meta.checkpoint.erasing ? last.at : undefined;
  const from = { first: meta.checkpoint.journal, revision: meta.checkpoint.revision };
  const replayed = await replay(
    disk,
    join(folder, 'journal'),
    from,
    (line) => {
      state.apply(withoutPaged(line, state, from.revision));
      if (line.edits.length > 0) eraseSince ??= line.at;
      last = { ...stampOf(line), at: Math.max(last.at, line.at) };
    },
    fileBytes,
  );
  if (replayed.torn)
    warn('a torn end of the journal was cut: nobody was told of what it held', replayed.torn);
  requireWhole(state, folder);
  const left = (await disk.list(join(folder, 'journal'))).filter(
    (name) => (journalNumber(name) ?? from.first) < from.first,
  );
  await replayed.journal.reuse(left);
  return { meta, state, journal: replayed.journal, revision: replayed.revision, last, eraseSince };
}

/** When a commit was made, as a line or meta.json has it. */
function stampOf({ at, clock = at }: { at: number; clock?: number }): Stamp {
  return { at, clock };
}

/** A line without the changes that are in pages, where newer ones of the same rows may be: a checkpoint writes them all. */
export function withoutPaged(line: Line, state: State, checkpointed: number): Line {
  if (line.edits.length === 0 || line.revision > checkpointed) return line;
  const isYoung = ({ conversationId, seq }: StoredMessage) => seq > (state.entry(conversationId)?.paged ?? 0);
  return { ...line, edits: line.edits.filter(isYoung) };
}

/** Every message that is not in a page is in memory. @throws Damage */
function requireWhole(state: State, folder: string): void {
  for (const { header, paged, tail } of state.allEntries()) {
    const whole = tail.every(({ seq }, index) => seq === paged + 1 + index);
    if (whole && paged + tail.length === header.lastSeq) continue;
    const path = join(folder, 'conversations');
    throw new Damage(path, 0, `messages of conversation ${header.id} are missing`);
  }
}

/** The pages of one kind, in order. @throws Damage when one is missing or unreadable */
async function* pagesOf<T>(disk: Disk, folder: string): AsyncGenerator<T> {
  const names = (await disk.list(folder)).filter((name) => /^\d{4,}\.json$/.test(name));
  for (const [index, name] of names
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
    .entries()) {
    const path = join(folder, name);
    if (Number.parseInt(name, 10) !== index + 1) throw new Damage(path, 0, 'a page before it is missing');
    const page = await new PageFile<T>(disk, path).read();
    if (!page) throw new Damage(path, 0, 'it cannot be read');
    yield page;
  }
}

async function makeMeta(disk: Disk, folder: string): Promise<Meta> {
  const left = await Promise.all(['users', 'journal'].map((name) => disk.list(join(folder, name))));
  if (left.flat().some((name) => /^\d+\.jsonl?$/.test(name))) {
    throw new Damage(join(folder, 'meta.json'), 0, 'it is missing beside data');
  }
  const meta = newMeta();
  await writeMeta(disk, folder, meta);
  return meta;
}
