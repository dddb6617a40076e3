import { fromSeqOf, putUpload } from '../../src/storage/rows.ts';
import {
  type Account,
  type Conversation,
  type FileRef,
  fileKey,
  isOpenArchive,
  type NewMessage,
  pairKey,
  type Store,
  type StoredInvite,
  type StoredMessage,
  type StoredPicture,
  type TotalUsage,
  type UploadRow,
} from '../../src/storage/store.ts';
import type { Id } from '../../src/wire/wire.ts';
import {
  applyFeature,
  describeHeaderMore,
  type FeaturePart,
  isFeature,
  moreOfAccount,
  moreOfMessage,
  withQueue,
} from './model-features.ts';
import {
  describeAttachments,
  describeUploads,
  type FilePart,
  newAttachment,
  uploadRow,
} from './model-files.ts';
import { afterChange, changedHeader, describeGroup, eventOf, type GroupPart } from './model-groups.ts';
import { changedPoll, describePoll, type PollPart } from './model-polls.ts';

/** An operation of a transaction of the workload, which the model can apply without storage code. */
export type Part =
  | { kind: 'register'; id: Id }
  | { kind: 'password'; id: Id; password: string }
  | { kind: 'device'; id: Id; device: Id; at: number }
  | { kind: 'befriend'; a: Id; b: Id; newId: Id }
  | { kind: 'invite'; id: Id; by: Id; uses: number; at: number }
  | { kind: 'use'; id: Id }
  | { kind: 'profile'; id: Id; picture: Id | undefined; edit: number }
  | {
      kind: 'send';
      conversationId: Id;
      senderId: Id;
      id: Id;
      content: string;
      at: number;
      files?: Id[];
      isPoll?: true;
    }
  | { kind: 'edit'; conversationId: Id; seq: number; content: string; at: number }
  | { kind: 'erase'; conversationId: Id; seq: number; at: number }
  | { kind: 'hide'; conversationId: Id; seq: number; userId: Id }
  | GroupPart
  | FilePart
  | FeaturePart
  | PollPart;

export const PEOPLE: Id[] = ['ani', 'budi', 'cici', 'dewi', 'eka', 'fitri'];
export const PAIRS: [Id, Id][] = PEOPLE.flatMap((a) =>
  PEOPLE.filter((b) => a < b).map((b): [Id, Id] => [a, b]),
);

export function newAccount(id: Id): Account {
  return {
    id,
    username: `User.${id}`,
    password: `hash of ${id}`,
    contacts: [],
    tokenVersion: 0,
    devices: [],
  };
}

export function newInvite({ id, by, uses, at }: Extract<Part, { kind: 'invite' }>): StoredInvite {
  return { id, hash: `hash of ${id}`, by, uses, used: 0, createdAt: at, expiresAt: at + 1000 };
}

/** A picture with this id, in two pieces. */
export function newPicture(userId: Id, id: Id, edit: number): StoredPicture {
  const piece = (n: number) => ({
    v: 1 as const,
    kid: 'k1',
    content: `sealed ${id} ${n} `.padEnd(300, 'ö.'),
  });
  return { userId, id, edit, pieces: [piece(1), piece(2)] };
}

/** The expected rows, from the workload alone. */
export class ModelRows {
  private readonly accounts = new Map<Id, Account>();
  private readonly conversations = new Map<Id, Conversation>();
  private readonly messages = new Map<Id, StoredMessage[]>();
  /** Hidden seqs, each with its revision, by conversation and person. */
  private readonly hidden = new Map<string, Map<number, number>>();
  private readonly openInvites = new Map<Id, StoredInvite>();
  private readonly uploadRows = new Map<string, UploadRow>();

  clone(): ModelRows {
    const rows = new ModelRows();
    for (const [id, account] of this.accounts) rows.accounts.set(id, account);
    for (const [id, header] of this.conversations) rows.conversations.set(id, header);
    for (const [id, messages] of this.messages) rows.messages.set(id, [...messages]);
    for (const [key, seqs] of this.hidden) rows.hidden.set(key, new Map(seqs));
    for (const [id, invite] of this.openInvites) rows.openInvites.set(id, invite);
    for (const [key, row] of this.uploadRows) rows.uploadRows.set(key, row);
    return rows;
  }

  account(id: Id): Account | undefined {
    return this.accounts.get(id);
  }

  directBetween(a: Id, b: Id): Conversation | undefined {
    return this.conversations
      .values()
      .find((one) => one.kind === 'direct' && pairKey(...one.members) === pairKey(a, b));
  }

  allConversations(): Conversation[] {
    return [...this.conversations.values()];
  }

  invites(): StoredInvite[] {
    return [...this.openInvites.values()];
  }

  uploads(): UploadRow[] {
    return [...this.uploadRows.values()];
  }

  /** All files in messages, each with its author. */
  attachments(): (FileRef & { size: number; senderId: Id })[] {
    return [...this.messages.values()]
      .flat()
      .flatMap(({ conversationId, senderId, attachments = [] }) =>
        attachments.map(({ id, size }) => ({ conversationId, id, size, senderId })),
      );
  }

  /** Counted anew. */
  totalUsage(userId?: Id): TotalUsage {
    const own = this.attachments().filter(({ senderId }) => userId === undefined || senderId === userId);
    return { bytes: own.reduce((sum, { size }) => sum + size, 0), files: own.length };
  }

  messagesOf(conversationId: Id): StoredMessage[] {
    return this.messages.get(conversationId) ?? [];
  }

  hiddenOf(conversationId: Id, userId: Id): ReadonlyMap<number, number> {
    return this.hidden.get(`${conversationId} ${userId}`) ?? new Map();
  }

  conversationsOf(userId: Id): Conversation[] {
    return this.allConversations().filter(({ members }) => members.includes(userId));
  }

  /** The changed messages for a person after a revision: each with its last change and its place. */
  changed(userId: Id, since: number): ListedChange[] {
    const listed = this.conversationsOf(userId).filter((one) => !isOpenArchive(one));
    const changed = listed.flatMap((conversation) => {
      const { id } = conversation;
      const imported = (conversation.kind === 'group' && conversation.group.archive?.rows) || 0;
      const hidden = this.hiddenOf(id, userId);
      const readable = this.messagesOf(id).slice(fromSeqOf(conversation, userId) - 1);
      return readable.map(({ seq, rev, changedRev = 0 }): ListedChange => {
        const last = Math.max(changedRev, hidden.get(seq) ?? 0);
        // Imported rows are read as history.
        return [rev > since && seq > imported ? rev : last, id, seq];
      });
    });
    return changed.filter(([rev]) => rev > since);
  }

  apply(parts: Part[], rev: number): void {
    for (const part of parts) this.applyPart(part, rev);
  }

  private applyPart(part: Part, rev: number): void {
    if (part.kind === 'register') this.accounts.set(part.id, newAccount(part.id));
    if (part.kind === 'password') {
      const account = this.known(part.id);
      const tokenVersion = account.tokenVersion + 1;
      this.accounts.set(part.id, { ...account, password: part.password, tokenVersion, devices: [] });
    }
    if (part.kind === 'device') {
      const account = this.known(part.id);
      const device = { id: part.device, name: 'phone', createdAt: part.at, lastSeenAt: part.at };
      this.accounts.set(part.id, { ...account, devices: [...account.devices, device] });
    }
    if (part.kind === 'profile') {
      const { id, picture, edit } = part;
      const profile = { edit, ...(picture && { picture: { id: picture, edit } }), rev, shownRev: rev };
      this.accounts.set(id, { ...this.known(id), profile });
    }
    if (part.kind === 'befriend') this.befriend(part, rev);
    if (part.kind === 'invite') this.openInvites.set(part.id, newInvite(part));
    if (part.kind === 'use') this.use(part.id);
    if (part.kind === 'send') this.send(part, rev);
    if (isChange(part)) this.change(part, rev);
    if (part.kind === 'group') this.changeGroup(part, rev);
    if (isFeature(part)) applyFeature(this.maps(), part, rev);
    if (part.kind === 'upload' || part.kind === 'discard' || part.kind === 'removed')
      putUpload(this.uploadRows, uploadRow(part));
    if (part.kind === 'hide') {
      const key = `${part.conversationId} ${part.userId}`;
      this.hidden.set(key, new Map(this.hidden.get(key)).set(part.seq, rev));
    }
  }

  private befriend({ a, b, newId }: Extract<Part, { kind: 'befriend' }>, rev: number): void {
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as [Id, Id][]) {
      const account = this.known(one);
      this.accounts.set(one, { ...account, contacts: [...account.contacts, other] });
    }
    const members: [Id, Id] = a < b ? [a, b] : [b, a];
    this.conversations.set(newId, {
      id: newId,
      kind: 'direct',
      members,
      lastSeq: 0,
      befriendedRev: rev,
      rev,
    });
  }

  private use(id: Id): void {
    const invite = this.openInvites.get(id);
    if (!invite) throw new Error('the workload uses no invite');
    const used = invite.used + 1;
    if (used < invite.uses) this.openInvites.set(id, { ...invite, used });
    else this.openInvites.delete(id);
  }

  private send(part: Extract<Part, { kind: 'send' }>, rev: number): void {
    const header = this.conversations.get(part.conversationId);
    if (!header) throw new Error('the workload sends into nothing');
    const { conversationId, files = [] } = part;
    const attachments = files.map((id) => {
      const upload = this.uploadRows.get(fileKey({ conversationId, id }));
      if (upload?.state !== 'open') throw new Error('the workload claims no upload');
      putUpload(this.uploadRows, { state: 'removed', id, conversationId });
      return newAttachment(id, upload.size);
    });
    this.append({ ...newMessage(part), ...(files.length > 0 && { attachments }) }, header, rev);
  }

  private maps() {
    const { accounts, conversations, messages } = this;
    return {
      ...{ accounts, conversations, messages },
      putUpload: (row: UploadRow) => putUpload(this.uploadRows, row),
      append: this.append.bind(this),
    };
  }

  private append(message: NewMessage, header: Conversation, rev: number): void {
    const { conversationId, senderId, timestamp, event } = message;
    const { expireAfterS } = header;
    const messages = this.messagesOf(conversationId);
    const seq = messages.length + 1;
    const receiverId = header.members.find((member) => member !== senderId) ?? senderId;
    const expiry = expireAfterS && !event ? { expiresAt: timestamp + expireAfterS * 1000 } : {};
    const row = { ...message, ...(header.kind === 'direct' && { receiverId }), ...expiry, seq, rev };
    this.messages.set(conversationId, [...messages, row]);
    this.conversations.set(conversationId, { ...header, ...withQueue(header, row), lastSeq: seq, rev });
  }

  private changeGroup(part: GroupPart, rev: number): void {
    const known = this.conversations.get(part.id);
    for (const userId of known?.members ?? []) {
      if (!part.members.includes(userId))
        this.accounts.set(userId, afterChange(this.known(userId), part.id, false, rev));
    }
    for (const userId of part.members) {
      if (!known?.members.includes(userId))
        this.accounts.set(userId, afterChange(this.known(userId), part.id, true, rev));
    }
    const header = changedHeader(part, known, rev);
    this.conversations.set(part.id, header);
    if (part.members.length > 0) this.append(eventOf(part), header, rev);
    else {
      this.messages.delete(part.id);
      for (const { state, id, conversationId } of this.uploads()) {
        if (state === 'open' && conversationId === part.id)
          putUpload(this.uploadRows, { state: 'discarded', id, conversationId });
      }
    }
  }

  private change(part: Change, rev: number): void {
    const header = this.conversations.get(part.conversationId);
    const messages = [...this.messagesOf(part.conversationId)];
    const row = messages[part.seq - 1];
    if (!header || !row) throw new Error('the workload changes no message');
    const { attachments, ...changed } = changedRow(row, part);
    const kept = attachments && attachments.length > 0 ? { attachments } : {};
    const next = { ...changed, ...kept, changedRev: rev };
    messages[part.seq - 1] = next;
    for (const { id } of part.kind === 'erase' ? (row.attachments ?? []) : [])
      putUpload(this.uploadRows, { state: 'discarded', id, conversationId: part.conversationId });
    this.messages.set(part.conversationId, messages);
    const { pinned, ...unpinned } = header;
    const isPinned = pinned && !(part.kind === 'erase' && pinned.seq === part.seq);
    const after = { ...unpinned, ...(isPinned && { pinned }) } as Conversation;
    this.conversations.set(header.id, { ...after, ...withQueue(after, next), rev });
  }

  pictureOf(id: Id): StoredPicture | undefined {
    const conversation = this.conversations.get(id);
    const { picture } =
      (conversation?.kind === 'group' ? conversation.group : this.account(id)?.profile) ?? {};
    return picture && newPicture(id, picture.id, picture.edit);
  }

  private known(id: Id): Account {
    const account = this.accounts.get(id);
    if (!account) throw new Error('the workload changes an unknown account');
    return account;
  }
}

/** The message that a part sends, without its files. */
export function newMessage(part: Extract<Part, { kind: 'send' }>): NewMessage {
  const { conversationId, senderId, id, content, at, isPoll } = part;
  const message = { id, conversationId, senderId, content, timestamp: at, v: 1 as const, kid: 'k1' };
  return { ...message, ...(isPoll && { poll: {} }) };
}

type Change = Extract<Part, { kind: 'edit' | 'erase' | 'vote' | 'close' }>;

/** Whether a part changes a message. */
export function isChange(part: Part): part is Change {
  return ['edit', 'erase', 'vote', 'close'].includes(part.kind);
}

/** A message after an edit, a deletion for everyone, a vote or the end of a poll. */
export function changedRow(row: StoredMessage, part: Change): StoredMessage {
  if (part.kind === 'vote' || part.kind === 'close') return changedPoll(row, part);
  const { reactions: _, poll: __, ...bare } = row;
  if (part.kind === 'erase') return { ...bare, content: '', attachments: [], deletedAt: part.at };
  return { ...row, content: part.content, edit: (row.edit ?? 0) + 1, editedAt: part.at };
}

/** A new or changed message: the revision of the change, and its place. */
export type ListedChange = [rev: number, conversationId: Id, seq: number];

type Reader = {
  account(id: Id): Account | undefined;
  conversations: Conversation[];
  /** The conversations of a person, in any order. */
  conversationsOf(userId: Id): Id[];
  direct(a: Id, b: Id): Id | undefined;
  /** Descriptions of the messages. */
  messages(id: Id): string[];
  hidden(id: Id, userId: Id): number[];
  changesFor(userId: Id): ListedChange[];
  invites: StoredInvite[];
  picture(id: Id): StoredPicture | undefined;
  uploads: UploadRow[];
  totalUsage(userId?: Id): TotalUsage;
};

/** All rows of the model as one text. */
export function describeModel(rows: ModelRows, revision: number): string {
  return describe({
    account: (id) => rows.account(id),
    conversations: rows.allConversations(),
    conversationsOf: (userId) => rows.conversationsOf(userId).map(({ id }) => id),
    direct: (a, b) => rows.directBetween(a, b)?.id,
    messages: (id) => rows.messagesOf(id).map(describeOnce),
    hidden: (id, userId) => [...rows.hiddenOf(id, userId).keys()],
    changesFor: (userId) => rows.changed(userId, Math.floor(revision / 2)),
    invites: rows.invites(),
    picture: (id) => rows.pictureOf(id),
    uploads: rows.uploads(),
    totalUsage: (userId) => rows.totalUsage(userId),
  });
}

/** All rows of a store, from all its read methods, as one text of the same form. */
export async function describeStore(store: Store): Promise<string> {
  const accounts = new Map<Id, Account | undefined>();
  const pictures = new Map<Id, StoredPicture | undefined>();
  const conversations = new Map<Id, Conversation>();
  const own = new Map<Id, Id[]>();
  const changesByUser = new Map<Id, ListedChange[]>();
  for (const id of PEOPLE) {
    const account = await store.account(id);
    accounts.set(id, account);
    pictures.set(id, await store.picture(id));
    const named = await store.accountByName(newAccount(id).username.toUpperCase());
    if (named !== (account?.deletedAt === undefined ? account : undefined))
      return `the name of ${id} leads to ${JSON.stringify(named)}`;
    const ids = (await store.conversationsOf(id)).map((conversation) => conversation.id);
    own.set(id, [...ids]);
    // Deleted groups are found by those who were in them.
    ids.push(...(account?.departed ?? []).map(({ conversationId }) => conversationId));
    for (const one of ids) {
      const header = await store.conversation(one);
      if (header) conversations.set(one, header);
    }
    const changes = await store.changedMessages(id, Math.floor(store.revision() / 2), { limit: 1e9 });
    changesByUser.set(
      id,
      (changes ?? []).map(({ rev, message }) => [rev, message.conversationId, message.seq]),
    );
  }
  const direct = new Map<string, Id | undefined>();
  const notes = PEOPLE.map((id): [Id, Id] => [id, id]);
  for (const pair of [...PAIRS, ...notes])
    direct.set(pairKey(...pair), (await store.directBetween(...pair))?.id);
  const messages = new Map<Id, StoredMessage[]>();
  const hidden = new Map<string, number[]>();
  for (const [id, { members }] of conversations) {
    for (const userId of members) {
      const ranges = await store.hiddenOf(id, userId);
      const seqs = ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, n) => from + n));
      hidden.set(`${id} ${userId}`, seqs);
    }
    messages.set(id, await store.messages(id, { limit: Number.MAX_SAFE_INTEGER }));
    pictures.set(id, await store.picture(id));
  }
  return describe({
    account: (id) => accounts.get(id),
    conversations: [...conversations.values()],
    conversationsOf: (userId) => own.get(userId) ?? [],
    direct: (a, b) => direct.get(pairKey(a, b)),
    messages: (id) => messages.get(id)?.map(describeMessage) ?? [],
    hidden: (id, userId) => hidden.get(`${id} ${userId}`) ?? [],
    changesFor: (userId) => changesByUser.get(userId) ?? [],
    invites: await store.invites(),
    picture: (id) => pictures.get(id),
    uploads: store.uploads(),
    totalUsage: (userId) => store.totalUsage(userId),
  });
}

/** An account as text, with its fields in a fixed order, so that texts can be compared. */
export function describeAccount(account: Account | undefined): string {
  if (!account) return 'no account';
  const { id, username, password, contacts, tokenVersion, devices, profile, departed, peopleRev } = account;
  const places = devices.map((device) => [device.id, device.name, device.createdAt, device.lastSeenAt]);
  const { edit, picture, rev, shownRev } = profile ?? {};
  const said = profile && [edit, picture?.id, picture?.edit, rev, shownRev];
  const left = departed?.map((one) => [one.conversationId, one.rev, one.rejoined]);
  const more = moreOfAccount(account);
  return JSON.stringify([
    id,
    username,
    password,
    contacts,
    tokenVersion,
    places,
    said,
    left,
    peopleRev,
    more,
  ]);
}

export function describeMessage(m: StoredMessage): string {
  return JSON.stringify([
    m.conversationId,
    m.seq,
    m.id,
    m.senderId,
    m.receiverId,
    m.content,
    m.timestamp,
    m.v,
    m.kid,
    m.rev,
    m.changedRev ?? null,
    m.edit ?? null,
    m.editedAt ?? null,
    m.deletedAt ?? null,
    m.event?.userIds ?? null,
    describeAttachments(m),
    moreOfMessage(m),
    describePoll(m),
  ]);
}

/** A cache of descriptions. Rows of the model are never changed in place, and models share them. */
const described = new WeakMap<StoredMessage, string>();
function describeOnce(row: StoredMessage): string {
  const known = described.get(row) ?? describeMessage(row);
  described.set(row, known);
  return known;
}

function describe(reader: Reader): string {
  const { account, conversations, direct, messages, hidden, changesFor, invites, picture } = reader;
  const lines = PEOPLE.map((id) => describeAccount(account(id)));
  for (const id of PEOPLE) {
    const found = picture(id);
    const contents = found?.pieces.map(({ content }) => content);
    lines.push(JSON.stringify([found?.userId, found?.id, found?.edit, contents]));
  }
  for (const [a, b] of PAIRS) lines.push(`${a} ${b}: ${direct(a, b)}`);
  for (const id of PEOPLE) lines.push(`notes of ${id}: ${direct(id, id)}`);
  for (const header of [...conversations].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const { id, kind, members, lastSeq, rev } = header;
    const befriendedRev = header.kind === 'direct' ? header.befriendedRev : undefined;
    lines.push(JSON.stringify([id, kind, members, lastSeq, befriendedRev, rev]));
    lines.push(describeHeaderMore(header));
    if (header.kind === 'group') lines.push(describeGroup(header, picture(id)));
    lines.push(...messages(id));
    for (const userId of members) lines.push(`${userId} hid ${hidden(id, userId).sort((a, b) => a - b)}`);
  }
  for (const { id, hash, by, uses, used, createdAt, expiresAt } of invites) {
    lines.push(JSON.stringify([id, hash, by, uses, used, createdAt, expiresAt]));
  }
  lines.push(describeUploads(reader.uploads));
  for (const userId of [...PEOPLE, undefined]) {
    const { bytes, files } = reader.totalUsage(userId);
    lines.push(`${userId ?? 'everyone'} has ${files} files of ${bytes} bytes`);
  }
  for (const userId of PEOPLE) {
    const inOrder = changesFor(userId).sort((a, b) => a[0] - b[0] || a[2] - b[2] || (a[1] < b[1] ? -1 : 1));
    lines.push(`${userId} has ${reader.conversationsOf(userId).sort()}`);
    lines.push(`${userId} sees the changes ${inOrder.map((one) => one.join(' ')).join(', ')}`);
  }
  return lines.join('\n');
}
