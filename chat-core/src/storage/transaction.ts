import type { Id } from '../wire/wire.ts';
import { expireRows, withExpireAfter, withExpiryTime } from './expiry-rows.ts';
import { groupWithResealedName, requireCurrentPicture, savedGroup } from './group-rows.ts';
import { PendingRows } from './pending-rows.ts';
import {
  addChanges,
  type Changes,
  changedMessage,
  changesOf,
  claimedBy,
  isDeletedGroup,
  newDirect,
  type Rows,
  resealedMessage,
  uploadRows,
  usageWith,
  withContact,
  withoutContact,
  withPin,
  withRequests,
} from './rows.ts';
import type { SeqRanges } from './seq-ranges.ts';
import type {
  Account,
  Conversation,
  DirectConversation,
  ExpiryProgress,
  Group,
  GroupConversation,
  GroupMembership,
  Identity,
  Mark,
  NewMessage,
  Seen,
  StoredInvite,
  StoredMessage,
  StoredPicture,
  StoredProfile,
  TotalUsage,
  Tx,
  UploadRow,
} from './store.ts';

/** One transaction: its rows over those of the transactions before it, stamped with the revision of its commit. */
export class Transaction implements Tx {
  /** The rows it has written so far. */
  readonly changes: Changes = changesOf({});
  private readonly rows: PendingRows;
  private readonly rev: number;

  constructor(base: Rows, rev: number) {
    this.rows = new PendingRows(base);
    this.rev = rev;
  }

  isEmpty(): boolean {
    return Object.values(this.changes).every((rows) => rows.length === 0);
  }

  async account(id: Id): Promise<Account | undefined> {
    return this.rows.account(id);
  }

  async accountByName(username: string): Promise<Account | undefined> {
    return this.rows.accountByName(username);
  }

  async deletedByName(username: string): Promise<Account | undefined> {
    return this.rows.deletedByName(username);
  }

  async accountByIdentity(identity: Identity): Promise<Account | undefined> {
    return this.rows.accountByIdentity(identity);
  }

  async conversation(id: Id): Promise<Conversation | undefined> {
    return this.rows.conversation(id);
  }

  async directBetween(a: Id, b: Id): Promise<DirectConversation | undefined> {
    return this.rows.directBetween(a, b);
  }

  async recentMessage(conversationId: Id, messageId: Id): Promise<StoredMessage | undefined> {
    return this.rows.recentMessage(conversationId, messageId);
  }

  async message(conversationId: Id, seq: number): Promise<StoredMessage | undefined> {
    return this.rows.message(conversationId, seq);
  }

  async hiddenOf(conversationId: Id, userId: Id): Promise<SeqRanges> {
    return this.rows.hiddenOf(conversationId, userId);
  }

  async saveAccount(account: Account): Promise<void> {
    this.put({ accounts: [account] });
  }

  async savePeople(account: Account): Promise<void> {
    this.put({ accounts: [{ ...account, peopleRev: this.rev }] });
  }

  async saveProfile(
    userId: Id,
    profile: Omit<StoredProfile, 'rev' | 'shownRev'>,
    { isShown, picture }: { isShown: boolean; picture?: StoredPicture | undefined },
  ): Promise<void> {
    const account = this.rows.account(userId);
    if (!account) throw new Error('a profile needs its account');
    const shownRev = isShown ? this.rev : (account.profile?.shownRev ?? 0);
    const accounts = [{ ...account, profile: { ...profile, rev: this.rev, shownRev } }];
    this.put({ accounts, pictures: picture ? [picture] : [] });
  }

  async befriend(a: Id, b: Id, newId: Id): Promise<DirectConversation> {
    const accounts = [
      withContact(this.accountOf(a), b, this.rev),
      withContact(this.accountOf(b), a, this.rev),
    ];
    const known = this.rows.directBetween(a, b) ?? newDirect([a, b], newId, this.rev);
    const conversation: DirectConversation = { ...known, befriendedRev: this.rev, rev: this.rev };
    this.put({ accounts, conversations: [conversation] });
    return conversation;
  }

  async unfriend(a: Id, b: Id): Promise<void> {
    const accounts = [withoutContact(this.accountOf(a), b), withoutContact(this.accountOf(b), a)];
    const known = this.rows.directBetween(a, b);
    if (!known) throw new Error('friends have a conversation');
    this.put({ accounts, conversations: [{ ...known, unfriendedRev: this.rev, rev: this.rev }] });
  }

  async openDirect(a: Id, b: Id, newId: Id): Promise<DirectConversation> {
    const known = this.rows.directBetween(a, b);
    if (known) return known;
    const conversation = newDirect([a, b], newId, this.rev);
    this.put({ conversations: [conversation] });
    return conversation;
  }

  async saveGroup(
    id: Id,
    input: Omit<Group, 'infoRev'>,
    picture?: StoredPicture,
  ): Promise<GroupConversation> {
    const { conversation, changes } = savedGroup(this.rows, this.rev, id, input);
    this.put({ ...changes, pictures: picture ? [picture] : [] });
    return conversation;
  }

  async saveRequests(
    id: Id,
    { requests, removed }: Pick<Group, 'requests' | 'removed'>,
  ): Promise<GroupConversation> {
    const known = this.rows.conversation(id);
    if (known?.kind !== 'group' || isDeletedGroup(known)) throw new Error('requests need their group');
    const group = { ...withRequests(known.group, requests, removed), requestsRev: this.rev };
    const conversation: GroupConversation = { ...known, group, rev: this.rev };
    this.put({ conversations: [conversation] });
    return conversation;
  }

  async savePin(id: Id, pinned?: Conversation['pinned']): Promise<void> {
    this.put({ conversations: [withPin(this.rows.conversation(id), pinned, this.rev)] });
  }

  async membershipsOf(userId: Id): Promise<(GroupMembership & { conversationId: Id })[]> {
    return this.rows
      .conversationsOf(userId)
      .flatMap(({ id, ...one }) =>
        one.kind === 'group' ? one.group.members.map((member) => ({ ...member, conversationId: id })) : [],
      )
      .filter((member) => member.userId === userId);
  }

  async appendMessage(message: NewMessage): Promise<StoredMessage> {
    const conversation = this.rows.conversation(message.conversationId);
    if (!conversation || isDeletedGroup(conversation)) throw new Error('a message needs its conversation');
    const receiver =
      conversation.kind === 'direct'
        ? { receiverId: conversation.members.find((id) => id !== message.senderId) ?? message.senderId }
        : {};
    const attachments = claimedBy(message, this.rows);
    const stored: StoredMessage = {
      ...withExpiryTime(conversation, message),
      ...receiver,
      ...(attachments.length > 0 && { attachments }),
      seq: conversation.lastSeq + 1,
      rev: this.rev,
    };
    this.put({ messages: [stored] });
    if (attachments.length > 0) {
      this.put({
        uploads: uploadRows('removed', message.conversationId, attachments),
        usages: [usageWith(this.rows.usageIn(stored.conversationId, stored.senderId), attachments, 1)],
      });
    }
    return stored;
  }

  async uploads(): Promise<UploadRow[]> {
    return [...this.rows.uploads()];
  }

  async saveUpload(upload: UploadRow): Promise<void> {
    if (upload.state === 'open') {
      const conversation = this.rows.conversation(upload.conversationId);
      if (!conversation || isDeletedGroup(conversation)) throw new Error('an upload needs its conversation');
      if (this.rows.upload(upload)?.state === 'discarded') throw new Error('a discarded upload stays so');
    }
    this.put({ uploads: [upload] });
  }

  async totalUsage(userId?: Id): Promise<TotalUsage> {
    return this.rows.totalUsage(userId);
  }

  async invites(): Promise<StoredInvite[]> {
    return [...this.rows.invites()];
  }

  async saveInvite(invite: StoredInvite): Promise<void> {
    this.put({ invites: [invite] });
  }

  async changeMessage(message: StoredMessage): Promise<StoredMessage> {
    const known = await this.rows.message(message.conversationId, message.seq);
    if (!known) throw new Error('only a message that is there can change');
    const { changed, dropped } = changedMessage(known, message, this.rev);
    this.put({ edits: [changed] });
    if (dropped.length > 0) {
      const { conversationId, senderId } = changed;
      this.put({
        uploads: uploadRows('discarded', conversationId, dropped),
        usages: [usageWith(this.rows.usageIn(conversationId, senderId), dropped, -1)],
      });
    }
    return changed;
  }

  async resealMessage(message: StoredMessage): Promise<void> {
    const known = await this.rows.message(message.conversationId, message.seq);
    this.put({ edits: [resealedMessage(known, message)] });
  }

  async resealGroupName(id: Id, name: Group['name']): Promise<void> {
    this.put({ conversations: [groupWithResealedName(this.rows.conversation(id), name)] });
  }

  async resealPicture(picture: StoredPicture): Promise<void> {
    requireCurrentPicture(this.rows, picture);
    this.put({ pictures: [picture] });
  }

  async saveExpiry(conversationId: Id, afterS: number): Promise<void> {
    const known = this.rows.conversation(conversationId);
    if (!known || isDeletedGroup(known)) throw new Error('an expiry needs its conversation');
    this.put({ conversations: [{ ...withExpireAfter(known, afterS), rev: this.rev }] });
  }

  async expireMessages(id: Id, seqs: number[], progress: ExpiryProgress): Promise<StoredMessage[]> {
    const { before, changes } = await expireRows(this.rows, this.rev, id, seqs, progress);
    this.put(changes);
    return before;
  }

  async hideMessage(conversationId: Id, userId: Id, seq: number): Promise<void> {
    this.put({ hidden: [{ conversationId, userId, seq, rev: this.rev }] });
  }

  async saveMarks(marks: Mark[]): Promise<void> {
    this.put({ marks });
  }

  async saveSeen(seen: Seen[]): Promise<void> {
    this.put({ seen });
  }

  private accountOf(id: Id): Account {
    const account = this.rows.account(id);
    if (!account) throw new Error('a friend or member needs an account');
    return account;
  }

  private put(part: Partial<Changes>): void {
    this.rows.apply(part);
    addChanges(this.changes, part);
  }
}
