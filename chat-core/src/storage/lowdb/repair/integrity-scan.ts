import { join } from 'node:path';
import type { Id } from '../../../wire/wire.ts';
import { changesOf, isDeletedGroup } from '../../rows.ts';
import type { Conversation, StoredInvite, StoredMessage, UploadRow } from '../../store.ts';
import { type Authenticator, FORGED, type StorageKey } from '../disk/authenticator.ts';
import type { Disk } from '../disk/disk.ts';
import { type KeyedDisk, keyedDisk } from '../disk/keyed-disk.ts';
import { readJournal } from '../journal/replay.ts';
import { orphansIn } from '../maintenance/load.ts';
import { type Meta, readMeta } from '../pages/meta.ts';
import { CorruptionError, LAST_UNAUTHENTICATED } from '../pages/page-file.ts';
import { pagesFor } from '../pages/row-pages.ts';
import type { PagedHeader } from '../state/conversation-state.ts';
import type { PagedAccount } from '../state/people-state.ts';
import { State } from '../state/state.ts';
import { createDamagedReplay, newConversationsIn } from './damaged-replay.ts';
import { FilesOfMessages, type FoundFiles, scanFiles } from './integrity-scan-files.ts';
import {
  type BrokenPage,
  findRows,
  rebuildHeader,
  salvageAccounts,
  scanPages,
} from './integrity-scan-pages.ts';
import {
  type LostAccounts,
  type LostConversations,
  membersWithoutAccount,
  putPlaceholders,
  repairFriendships,
  repairRequests,
  scanPictures,
} from './integrity-scan-people.ts';
import { openReadOnly } from './open-read-only.ts';
import { placeholderMessage } from './placeholder.ts';
import { endGroupLinks, rebuildGroups, repairMemberships } from './rebuild-group.ts';

export type Fault = { path: string; offset: number; what: string };

/** All readable rows of a folder, repaired in memory, and all damage. */
export type IntegrityScan = {
  meta: Meta;
  /** What authenticates the folder, with the files whose content is to be accepted. */
  authenticator: Authenticator;
  state: State;
  revision: number;
  /** Epoch milliseconds of the newest commit found. */
  at: number;
  faults: Fault[];
  /** Lost revisions of the journal. */
  missing: number[];
  /** Seqs of lost messages, by conversation. */
  lost: Map<Id, number[]>;
  /** People, and groups by conversation id, whose picture is lost. */
  lostPictures: Id[];
  /** Damaged pages with placeholders for lost messages, to write again. */
  pages: { conversationId: Id; page: number; messages: StoredMessage[] }[];
  accounts: LostAccounts;
  conversations: LostConversations;
  /** Whether invites are lost with their page, or ended because the journal is incomplete. */
  lostInvites: boolean;
  files: FoundFiles;
  /** Whether the page of uploads is lost. */
  lostUploads: boolean;
  /** Whether the newest journal file is lost. How much it contained is unknown. */
  isEndLost: boolean;
};

/**
 * Reads a folder like `load`, without changing it, but reports damage and continues. Pages contain everything up to the
 * checkpoint, so that older journal records replace no account. @throws CorruptionError when meta.json is lost
 */
async function scan(disk: KeyedDisk, folder: string): Promise<IntegrityScan> {
  const faults: Fault[] = [];
  const report = (path: string, offset: number, what: string) => faults.push({ path, offset, what });
  const { authenticator } = disk;
  const reportMeta = ({ path, offset, what }: CorruptionError) =>
    report(path, offset, what === FORGED ? FORGED : 'one of meta.json and its copy is lost');
  const meta = await readMeta(disk, folder, reportMeta);
  if (!meta) throw new CorruptionError(join(folder, 'meta.json'), 0, 'it is missing');
  authenticator.use(meta);
  if (meta.version <= LAST_UNAUTHENTICATED) {
    authenticator.policy = 'none';
    if (!authenticator.mayAdopt)
      report(join(folder, 'meta.json'), 0, 'it is of a format without authentication codes');
  }
  for (const path of authenticator.accepted) report(path, 0, FORGED);
  const { counts, pages: catalog = {} } = meta;
  const state = new State();
  const lost = new Map<Id, number[]>();
  const recordLost = (id: Id, seq: number) => {
    const seqs = lost.get(id) ?? [];
    seqs.push(seq);
    lost.set(id, seqs);
  };

  const countOf = (kind: 'users' | 'conversations') => ({
    pages: pagesFor(counts[kind]),
    rows: counts[kind],
    revisions: catalog[kind] ?? [],
  });
  const users = await findRows<PagedAccount>(disk, folder, 'users', countOf('users'), report);
  for (const account of users.rows) state.putAccount(account);
  const accounts: LostAccounts = { unread: users.unread, salvaged: 0, inJournal: 0, placeholders: [] };
  for (const path of users.broken.filter((one) => !users.forged.has(one))) {
    for (const account of await salvageAccounts(disk, path)) {
      if (state.account(account.id)) continue;
      state.putAccount(account);
      accounts.salvaged += 1;
    }
  }
  const headers = countOf('conversations');
  const conversations = await findRows<PagedHeader>(disk, folder, 'conversations', headers, report);
  for (const row of conversations.rows) state.putPaged(row);
  const messages = join(folder, 'messages');
  const { journal: first, revision: checkpointed } = meta.checkpoint;
  const start = { first, revision: checkpointed, newest: meta.newestJournal, reported: meta.reported?.[0] };
  const rebuilt = new Set<Id>();
  const unreadable: Id[] = [];
  const orphans = await orphansIn(disk, messages, (id) => state.conversationState(id) !== undefined);
  const named =
    orphans.length > 0 ? await newConversationsIn(disk, join(folder, 'journal'), start) : new Set();
  for (const id of orphans.filter((one) => !named.has(one))) {
    report(join(messages, id), 0, 'no page of conversations names it');
    if (await rebuildHeader(disk, messages, id, state)) rebuilt.add(id);
    else unreadable.push(id);
  }
  const invitePages = { pages: counts.invitePages, rows: 0, revisions: catalog.invites ?? [] };
  const invites = await findRows<StoredInvite>(disk, folder, 'invites', invitePages, report);
  for (const invite of invites.rows) state.putInvite(invite);
  // An unreadable page is written again, with the invites of the journal.
  state.changed.invites.add(1);
  const uploadPages = { pages: counts.uploadPages, rows: 0, revisions: catalog.uploads ?? [] };
  const uploads = await findRows<UploadRow>(disk, folder, 'uploads', uploadPages, report);
  for (const row of uploads.rows) state.putUpload(row);
  state.changed.uploads.add(1);
  const broken: BrokenPage[] = [];
  const filesOfMessages = new FilesOfMessages();
  for (const conversation of state.conversationStates()) {
    broken.push(
      ...(await scanPages(disk, messages, conversation, report, (rows) => filesOfMessages.add(rows))),
    );
  }

  const replay = createDamagedReplay({ state, checkpointed, broken, rebuilt, lost, recordLost });
  const journalFolder = join(folder, 'journal');
  const read = await readJournal(disk, journalFolder, start, replay.apply, report);
  const { missing, isEndLost } = read;
  const at = Math.max(meta.checkpoint.at, replay.at());
  accounts.inJournal = replay.newAccounts();
  const revision = Math.max(read.revision, authenticator.newestPage);
  authenticator.revision = revision;
  if (read.revision < revision && faults.length === 0)
    report(journalFolder, 0, `it ends at revision ${read.revision}, and pages are of revision ${revision}`);

  // A use or a revocation may be lost: all invites end, so that no ended one is valid again.
  const isCut = missing.length > 0 || isEndLost;
  if (isCut) for (const one of state.invites()) state.putInvite({ ...one, used: one.uses });

  for (const { header, paged, tail } of [...state.conversationStates()]) {
    const last = Math.max(paged, tail.at(-1)?.seq ?? 0);
    if (header.lastSeq > last && !isCut) {
      report(join(folder, 'conversations'), 0, `messages of conversation ${header.id} are missing`);
    }
    for (let seq = last + 1; seq <= header.lastSeq; seq++) {
      const row = placeholderMessage(header, seq, { rev: header.rev, timestamp: at });
      state.apply(changesOf({ messages: [row] }));
      recordLost(header.id, seq);
    }
  }
  const pages: IntegrityScan['pages'] = [];
  for (const page of broken) {
    const header = state.conversation(page.conversationId);
    if (header && !isDeletedGroup(header)) pages.push(fillPage(page, header, recordLost));
  }
  const unproven = [...rebuilt].filter(
    (id) => !replay.confirmed.has(id) && state.conversation(id)?.kind === 'group',
  );
  const memberless = await rebuildGroups(disk, messages, state, unproven);
  for (const id of memberless) lost.delete(id);
  const lostPictures = await scanPictures(disk, folder, state, report);
  const hasLostGroup = endGroupLinks(state, new Set(unproven));
  if (hasLostGroup) report(join(folder, 'invites'), 0, 'there are links of groups that are not there');
  const reportUsers = (what: string) => report(join(folder, 'users'), 0, what);
  const missingMembers = membersWithoutAccount(state);
  if (missingMembers.length > 0)
    reportUsers(`conversations name ${missingMembers.length} accounts that are not there`);
  // Without counts (before format 4) only missing members show that the last page is lost.
  if (missingMembers.length > 0 && accounts.unread === 0) accounts.unread = undefined;
  if (accounts.unread !== 0) accounts.placeholders.push(...putPlaceholders(state));
  const emptied = repairFriendships(state, revision, reportUsers);
  repairRequests(state, revision, reportUsers);
  repairMemberships(state, revision, (what) => report(join(folder, 'conversations'), 0, what));
  for (const { messages: rows } of pages) filesOfMessages.add(rows);
  const files = await scanFiles(disk, folder, {
    state,
    revision,
    ofMessages: filesOfMessages,
    memberless,
    report,
  });
  const found = rebuilt.size + replay.newConversations();
  const { unread } = conversations;
  const gone = unread === undefined ? undefined : Math.max(0, unread - found - emptied.length);
  for (const path of authenticator.accepted)
    if (!faults.some((fault) => fault.path === path)) report(path, 0, FORGED);
  return {
    meta,
    authenticator,
    state,
    revision,
    at,
    faults,
    missing,
    isEndLost,
    lost,
    lostPictures,
    pages: pages.filter(({ conversationId }) => !memberless.includes(conversationId)),
    accounts,
    conversations: {
      rebuilt: [...rebuilt].filter((id) => !memberless.includes(id)),
      rebuiltGroups: unproven.filter((id) => !memberless.includes(id)),
      memberless,
      unreadable,
      emptied,
      gone,
    },
    lostInvites: invites.broken.length > 0 || isCut,
    files,
    lostUploads: uploads.broken.length > 0,
  };
}

/** A damaged page with a row for every seq. Revisions ascend: an impossible one becomes the one before it. */
function fillPage(
  { conversationId, page, first, last, rows, ...bounds }: BrokenPage,
  header: Conversation,
  recordLost: (id: Id, seq: number) => void,
): IntegrityScan['pages'][number] {
  const messages: StoredMessage[] = [];
  let [rev, { timestamp = 0 } = {}] = [bounds.after, rows.values().next().value ?? {}];
  const revs = [...rows.values()];
  for (let seq = first; seq <= last; seq++) {
    const row = rows.get(seq);
    if (!row) recordLost(conversationId, seq);
    const maxRev = Math.min(bounds.before, ...revs.filter((one) => one.seq > seq).map((one) => one.rev));
    if (row && row.rev >= rev && row.rev <= maxRev) rev = row.rev;
    timestamp = row?.timestamp ?? timestamp;
    messages.push({ ...(row ?? placeholderMessage(header, seq, { rev, timestamp })), rev });
  }
  return { conversationId, page, messages };
}

/** `acceptsChanges` reads and reports what was written without the key of the box. */
export type ScanOptions = { key?: StorageKey | undefined; acceptsChanges?: boolean };

/** Scans a folder, and adds the error with which the store would refuse it. @throws CorruptionError when meta.json is lost */
export async function scanFolder(
  disk: Disk,
  folder: string,
  { key, acceptsChanges = false }: ScanOptions = {},
): Promise<IntegrityScan> {
  const keyed = keyedDisk(disk, folder, key);
  if (acceptsChanges) keyed.authenticator.policy = 'accept';
  const found = await scan(keyed, folder);
  try {
    await openReadOnly(folder, disk, key);
  } catch (error) {
    if (!(error instanceof CorruptionError)) throw error;
    if (found.faults.length === 0)
      found.faults.push({ path: error.path, offset: error.offset, what: error.message });
  }
  return found;
}
