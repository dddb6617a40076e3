import type {
  Account,
  Conversation,
  ExpiryQueue,
  GroupConversation,
  StoredMessage,
  StoredProfile,
  Tx,
  UploadRow,
} from '../../src/storage/store.ts';
import { DEFAULT_PERMISSIONS } from '../../src/wire/groups.ts';
import type { ChatFlags, Id, Starred } from '../../src/wire/wire.ts';

/** A row of an archive. */
type ImportedRow = { id: Id; content: string; at: number };

/**
 * What else people do: messages that expire and the sweep of them, pins, reactions, notes, scheduled texts, flags and stars,
 * archives of another app (begun without `rows`, and finished with them) and the deletion of an account.
 */
export type FeaturePart =
  | { kind: 'timer'; conversationId: Id; afterS: number }
  | { kind: 'sweep'; conversationId: Id; seqs: number[]; queues: ExpiryQueue[] }
  | { kind: 'pin'; conversationId: Id; seq: number | undefined; by: Id }
  | { kind: 'react'; conversationId: Id; seq: number; content: string }
  | { kind: 'notes'; id: Id; newId: Id }
  | { kind: 'schedule'; id: Id; textId: Id; conversationId: Id; content: string; at: number }
  | { kind: 'unschedule'; id: Id; textId: Id }
  | { kind: 'lists'; id: Id; chats: ChatFlags[]; stars: Starred[] }
  | { kind: 'archive'; id: Id; owner: Id; rows?: number }
  | { kind: 'import'; id: Id; owner: Id; rows: ImportedRow[] }
  | { kind: 'leave'; id: Id; at: number };

const KINDS = [
  ...['timer', 'sweep', 'pin', 'react', 'notes', 'schedule', 'unschedule', 'lists', 'archive', 'import'],
  'leave',
];
export const isFeature = (part: { kind: string }): part is FeaturePart => KINDS.includes(part.kind);

/** The maps of the model, which a part changes. Rows are replaced, never changed in place. */
export type ModelMaps = {
  accounts: Map<Id, Account>;
  conversations: Map<Id, Conversation>;
  messages: Map<Id, StoredMessage[]>;
  putUpload: (row: UploadRow) => void;
  append: (message: ReturnType<typeof importedMessage>, header: Conversation, rev: number) => void;
};

/** Applies a part to the expected rows. */
export function applyFeature(maps: ModelMaps, part: FeaturePart, rev: number): void {
  const { conversations } = maps;
  switch (part.kind) {
    case 'timer': {
      const { expireAfterS: _, ...header } = headerOf(maps, part.conversationId);
      const timed = part.afterS > 0 ? { expireAfterS: part.afterS } : {};
      conversations.set(header.id, { ...header, ...timed, rev } as Conversation);
      return;
    }
    case 'sweep':
      sweep(maps, part, rev);
      return;
    case 'pin': {
      const { pinned: _, ...header } = headerOf(maps, part.conversationId);
      const pinned = part.seq === undefined ? {} : { pinned: { seq: part.seq, by: part.by } };
      conversations.set(header.id, { ...header, ...pinned, rev } as Conversation);
      return;
    }
    case 'react': {
      const rows = [...(maps.messages.get(part.conversationId) ?? [])];
      rows[part.seq - 1] = { ...withReaction(rows[part.seq - 1] as StoredMessage, part), changedRev: rev };
      maps.messages.set(part.conversationId, rows);
      conversations.set(part.conversationId, { ...headerOf(maps, part.conversationId), rev });
      return;
    }
    case 'notes': {
      const members: [Id, Id] = [part.id, part.id];
      conversations.set(part.newId, {
        ...{ id: part.newId, kind: 'direct', members, lastSeq: 0, befriendedRev: 0, rev },
      });
      return;
    }
    case 'schedule':
    case 'unschedule':
      maps.accounts.set(part.id, rescheduled(accountOf(maps, part.id), part));
      return;
    case 'lists': {
      const account = accountOf(maps, part.id);
      const { shownRev = 0 } = account.profile ?? {};
      maps.accounts.set(part.id, { ...account, profile: { ...listed(account, part), rev, shownRev } });
      return;
    }
    case 'archive': {
      const known = conversations.get(part.id);
      const group = { ...archiveOf(part), infoRev: rev };
      const lastSeq = known?.lastSeq ?? 0;
      conversations.set(part.id, { id: part.id, kind: 'group', members: [part.owner], lastSeq, group, rev });
      return;
    }
    case 'import':
      for (const row of part.rows) maps.append(importedMessage(part, row), headerOf(maps, part.id), rev);
      return;
    case 'leave':
      leave(maps, part, rev);
  }
}

/** Executes a part in a transaction. */
export async function executeFeature(tx: Tx, part: FeaturePart): Promise<void> {
  switch (part.kind) {
    case 'timer':
      return tx.saveExpiry(part.conversationId, part.afterS);
    case 'sweep':
      await tx.expireMessages(part.conversationId, part.seqs, { queues: part.queues });
      return;
    case 'pin':
      return tx.savePin(
        part.conversationId,
        part.seq === undefined ? undefined : { seq: part.seq, by: part.by },
      );
    case 'react': {
      const row = (await tx.message(part.conversationId, part.seq)) as StoredMessage;
      await tx.changeMessage(withReaction(row, part));
      return;
    }
    case 'notes':
      await tx.openDirect(part.id, part.id, part.newId);
      return;
    case 'schedule':
    case 'unschedule':
      return tx.saveAccount(rescheduled((await tx.account(part.id)) as Account, part));
    case 'lists':
      return tx.saveProfile(part.id, listed((await tx.account(part.id)) as Account, part), {
        isShown: false,
      });
    case 'archive':
      await tx.saveGroup(part.id, archiveOf(part));
      return;
    case 'import':
      for (const row of part.rows) await tx.appendMessage(importedMessage(part, row));
      return;
    case 'leave': {
      const { contacts = [] } = (await tx.account(part.id)) ?? {};
      for (const contact of contacts) await tx.unfriend(part.id, contact);
      await tx.saveAccount(withoutAll((await tx.account(part.id)) as Account, part.at));
      await tx.saveProfile(part.id, { edit: 0 }, { isShown: true });
    }
  }
}

/** The rows that a part replaces or empties. */
export function rowsReplacedBy(part: FeaturePart, messages: StoredMessage[]): StoredMessage[] {
  if (part.kind === 'react') return messages.slice(part.seq - 1, part.seq);
  return part.kind === 'sweep' ? messages.filter(({ seq }) => part.seqs.includes(seq)) : [];
}

/** The conversation whose rows a part may replace. */
export function conversationOf(part: FeaturePart): Id {
  return 'conversationId' in part ? part.conversationId : '';
}

/** The queues of a header after a message with a time was appended or changed. */
export function withQueue(
  header: Conversation,
  { expiresAt, expired, timestamp, seq }: StoredMessage,
): { expiring?: ExpiryQueue[] } {
  const { expiring = [] } = header;
  if (expiresAt === undefined || expired) return {};
  const afterMs = expiresAt - timestamp;
  if (expiring.some((queue) => queue.afterMs === afterMs)) return {};
  return { expiring: [...expiring, { afterMs, from: seq, nextAt: expiresAt }] };
}

/** The due rows of a conversation at a time, at most `limit` of each duration, and its queues after them. */
export function dueIn(
  { lastSeq, expiring = [] }: Conversation,
  messages: StoredMessage[],
  now: number,
  limit: number,
): { seqs: number[]; queues: ExpiryQueue[] } {
  const seqs: number[] = [];
  const queues = expiring.map((queue): ExpiryQueue => {
    let left = limit;
    for (const { seq, expiresAt, expired, timestamp } of messages.slice(queue.from - 1)) {
      if (expired || expiresAt === undefined || expiresAt - timestamp !== queue.afterMs) continue;
      if (expiresAt > now || left === 0) return { ...queue, from: seq, nextAt: expiresAt };
      seqs.push(seq);
      left -= 1;
    }
    return { ...queue, from: lastSeq + 1, nextAt: now + queue.afterMs };
  });
  return { seqs, queues };
}

/** What these features add to a header, to a message and to an account, as text. */
export function describeHeaderMore(header: Conversation): string {
  const { pinned, expireAfterS, expiring, retainedFrom } = header;
  const queues = expiring?.map(({ afterMs, from, nextAt }) => [afterMs, from, nextAt]);
  const { unfriendedRev = null } = header.kind === 'direct' ? header : {};
  const archive = header.kind === 'group' ? header.group.archive : undefined;
  return JSON.stringify([
    ...[pinned?.seq, pinned?.by, expireAfterS, queues, retainedFrom, unfriendedRev],
    ...[archive?.source, archive?.rows],
  ]);
}

export function moreOfMessage({ expiresAt, expired, imported, reactions }: StoredMessage): unknown[] {
  return [expiresAt ?? null, expired ?? null, imported?.source ?? null, reactions?.content ?? null];
}

export function moreOfAccount({ scheduled, deletedAt, profile }: Account): unknown[] {
  const texts = scheduled?.map(({ id, conversationId, dueAt, content }) => [
    id,
    conversationId,
    dueAt,
    content,
  ]);
  const chats = profile?.chats?.map(({ conversationId, pinned, unread }) => [conversationId, pinned, unread]);
  const stars = profile?.stars?.map(({ conversationId, seqs }) => [conversationId, seqs]);
  return [texts ?? null, deletedAt ?? null, chats ?? null, stars ?? null];
}

function sweep(
  { conversations, messages, putUpload }: ModelMaps,
  { conversationId, seqs, queues }: Extract<FeaturePart, { kind: 'sweep' }>,
  rev: number,
): void {
  const rows = [...(messages.get(conversationId) ?? [])];
  const { expiring: _, ...rest } = conversations.get(conversationId) as Conversation;
  let header = { ...rest, ...(queues.length > 0 && { expiring: queues }) } as Conversation;
  if (seqs.length > 0) header = { ...header, rev };
  for (const seq of seqs) {
    const {
      id,
      senderId,
      receiverId,
      timestamp,
      changedRev,
      expiresAt,
      attachments = [],
      ...row
    } = rows[seq - 1] as StoredMessage;
    for (const file of attachments) putUpload({ state: 'discarded', id: file.id, conversationId });
    rows[seq - 1] = {
      ...{
        id,
        conversationId,
        seq,
        senderId,
        content: '',
        timestamp,
        v: 1,
        kid: '',
        rev: row.rev,
        expired: true,
      },
      ...(receiverId !== undefined && { receiverId }),
      ...(changedRev !== undefined && { changedRev }),
      ...(expiresAt !== undefined && { expiresAt }),
    };
    if (header.pinned?.seq !== seq) continue;
    const { pinned: __, ...unpinned } = header;
    header = unpinned as Conversation;
  }
  messages.set(conversationId, rows);
  conversations.set(conversationId, header);
}

function leave(maps: ModelMaps, { id, at }: Extract<FeaturePart, { kind: 'leave' }>, rev: number): void {
  const { accounts, conversations } = maps;
  for (const contact of accountOf(maps, id).contacts) {
    const other = accountOf(maps, contact);
    accounts.set(contact, { ...other, contacts: other.contacts.filter((one) => one !== id) });
    for (const one of conversations.values()) {
      const isTheirs = one.kind === 'direct' && one.members.includes(id) && one.members.includes(contact);
      if (isTheirs) conversations.set(one.id, { ...one, unfriendedRev: rev, rev });
    }
  }
  const profile = { edit: 0, rev, shownRev: rev };
  accounts.set(id, { ...withoutAll(accountOf(maps, id), at), profile });
}

function withoutAll(
  { id, username, tokenVersion, peopleRev, departed, profile }: Account,
  at: number,
): Account {
  return {
    ...{
      id,
      username,
      password: '',
      contacts: [],
      tokenVersion: tokenVersion + 1,
      devices: [],
      deletedAt: at,
    },
    ...(peopleRev !== undefined && { peopleRev }),
    ...(departed && { departed }),
    ...(profile && { profile }),
  };
}

function rescheduled(
  { scheduled = [], ...account }: Account,
  part: Extract<FeaturePart, { kind: 'schedule' | 'unschedule' }>,
): Account {
  const others = scheduled.filter(({ id }) => id !== part.textId);
  if (part.kind === 'unschedule') return { ...account, ...(others.length > 0 && { scheduled: others }) };
  const { textId: id, conversationId, content, at: dueAt } = part;
  return { ...account, scheduled: [...others, { v: 1, kid: 'k1', content, id, conversationId, dueAt }] };
}

function listed(
  { profile }: Account,
  { chats, stars }: Extract<FeaturePart, { kind: 'lists' }>,
): Omit<StoredProfile, 'rev' | 'shownRev'> {
  const { rev: _, shownRev: __, ...rest } = { edit: 0, rev: 0, shownRev: 0, ...profile };
  return { ...rest, chats, stars };
}

function withReaction(
  row: StoredMessage,
  { content }: Extract<FeaturePart, { kind: 'react' }>,
): StoredMessage {
  return { ...row, reactions: { v: 1, kid: 'k1', content, edit: (row.reactions?.edit ?? 0) + 1 } };
}

function archiveOf({
  owner,
  rows,
}: Extract<FeaturePart, { kind: 'archive' }>): Omit<GroupConversation['group'], 'infoRev'> {
  return {
    edit: 1,
    name: { edit: 1, v: 1, kid: 'k1', content: 'sealed name 1' },
    members: [{ userId: owner, role: 'owner', fromSeq: 1, joinedSeq: rows ?? 0 }],
    permissions: DEFAULT_PERMISSIONS,
    newcomersRead: 'all',
    archive: { source: 'whatsapp', ...(rows !== undefined && { rows }) },
  };
}

function importedMessage(
  { id: conversationId, owner: senderId }: Extract<FeaturePart, { kind: 'import' }>,
  { id, content, at }: ImportedRow,
) {
  const imported = { source: 'whatsapp' as const };
  return { id, conversationId, senderId, content, timestamp: at, v: 1 as const, kid: 'k1', imported };
}

function accountOf({ accounts }: ModelMaps, id: Id): Account {
  return accounts.get(id) as Account;
}

function headerOf({ conversations }: ModelMaps, id: Id): Conversation {
  return conversations.get(id) as Conversation;
}
