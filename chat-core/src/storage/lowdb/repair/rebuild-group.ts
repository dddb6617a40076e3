import { join } from 'node:path';
import type { Id } from '../../../wire/wire.ts';
import { isDeletedGroup } from '../../rows.ts';
import type { GroupArchive, GroupConversation, GroupMembership, StoredMessage } from '../../store.ts';
import type { Disk } from '../disk/disk.ts';
import { pageOf } from '../pages/message-pages.ts';
import type { State } from '../state/state.ts';
import { salvageMessages } from './integrity-scan-pages.ts';
import { PLACEHOLDER_KID, placeholderGroup } from './placeholder.ts';

/**
 * Gives groups whose header is lost the members that their messages prove, and a name that never opens. No one gains
 * access to what they could not read: see provenMembers.
 * @returns groups of which no member is proven; they are deleted in `state`, and their pages have to be put aside
 */
export async function rebuildGroups(
  disk: Disk,
  messages: string,
  state: State,
  ids: Iterable<Id>,
): Promise<Id[]> {
  const memberless: Id[] = [];
  for (const id of ids) {
    const conversation = state.conversationState(id);
    if (conversation?.header.kind !== 'group' || isDeletedGroup(conversation.header)) continue;
    const rows = await rowsInPages(disk, join(messages, id), id);
    for (const row of [...conversation.overlay.values(), ...conversation.tail]) rows.set(row.seq, row);
    const archive = archiveOf(rows);
    const members = provenMembers(rows, conversation.header.lastSeq).filter(
      ({ userId }) =>
        !state.account(userId)?.departed?.some((one) => one.conversationId === id && !one.rejoined),
    );
    state.putHeader(withMembers(conversation.header, members, archive));
    if (members.length === 0) memberless.push(id);
  }
  return memberless;
}

/** All readable rows in the message pages of a conversation, by seq. A row in the wrong page is not used. */
async function rowsInPages(disk: Disk, folder: string, id: Id): Promise<Map<number, StoredMessage>> {
  const rows = new Map<number, StoredMessage>();
  for (const name of await disk.list(folder)) {
    for (const row of await salvageMessages(disk, join(folder, name))) {
      const isInPlace = row.conversationId === id && pageOf(row.seq) === Number.parseInt(name, 10);
      if (isInPlace) rows.set(row.seq, row);
    }
  }
  return rows;
}

/**
 * The members of a group that its rows prove, in the order in which each shows: people who wrote, joined or were added,
 * and did not leave later. Each may read from the row that proves it. A lost row may have said that a person left, so what
 * is before it proves nothing; where the end is lost, what is left could be read by those who were members then. The first
 * of them is the owner.
 */
function provenMembers(rows: ReadonlyMap<number, StoredMessage>, lastSeq: number): GroupMembership[] {
  const fromSeqs = new Map<Id, number>();
  for (let seq = 1; seq <= lastSeq; seq++) {
    const row = rows.get(seq);
    if (!row || row.kid === PLACEHOLDER_KID) {
      fromSeqs.clear();
      continue;
    }
    const { senderId, event } = row;
    const named = event?.userIds ?? [];
    const joined = event?.type === 'joined' ? [senderId] : event?.type === 'added' ? named : [];
    // Whoever joins was not a member until then.
    for (const id of joined) fromSeqs.delete(id);
    for (const id of [senderId, ...joined, ...(event?.type === 'created' ? named : [])]) {
      if (!fromSeqs.has(id)) fromSeqs.set(id, seq);
    }
    const left = event?.type === 'left' ? [senderId] : event?.type === 'removed' ? named : [];
    for (const id of left) fromSeqs.delete(id);
  }
  return [...fromSeqs].map(([userId, fromSeq]) => ({
    userId,
    role: 'member',
    fromSeq,
    joinedSeq: fromSeq - 1,
  }));
}

/**
 * What its rows say of an archive: with imported ones the group was one, and stays so that no one can write to it. One that
 * was being filled is done.
 */
function archiveOf(rows: ReadonlyMap<number, StoredMessage>): GroupArchive | undefined {
  const imported = [...rows.values()].filter((row) => row.imported);
  const source = imported[0]?.imported?.source;
  return source && { source, rows: Math.max(...imported.map(({ seq }) => seq)) };
}

function withMembers(
  header: GroupConversation,
  members: GroupMembership[],
  archive: GroupArchive | undefined,
): GroupConversation {
  const withOwner = members.map((one, index) => (index === 0 ? { ...one, role: 'owner' as const } : one));
  const placeholder = placeholderGroup(header.id, withOwner, header.rev);
  return {
    ...placeholder,
    ...(archive && { group: { ...placeholder.group, archive } }),
    ...(header.expiring && { expiring: header.expiring }),
    lastSeq: members.length === 0 ? 0 : header.lastSeq,
  };
}

/**
 * Makes groups and accounts agree about who left: whichever changed last is right. Each group keeps an owner: else the
 * oldest admin, else the oldest member, becomes one.
 */
export function repairMemberships(state: State, revision: number, report: (what: string) => void): void {
  for (const { header } of [...state.conversationStates()]) {
    if (header.kind !== 'group' || isDeletedGroup(header)) continue;
    const { id, group } = header;
    const gone = new Set<Id>();
    for (const userId of header.members) {
      const account = state.account(userId);
      const departure = account?.departed?.find((one) => one.conversationId === id && !one.rejoined);
      if (!account || !departure) continue;
      report(`${userId} left group ${id} and is a member of it`);
      if (departure.rev > group.infoRev) gone.add(userId);
      else
        state.putAccount({
          ...account,
          departed: account.departed?.filter((one) => one !== departure) ?? [],
        });
    }
    const members = group.members.filter(({ userId }) => !gone.has(userId));
    const hasOwner = members.some(({ role }) => role === 'owner');
    if (hasOwner && gone.size === 0) continue;
    const heir = hasOwner ? undefined : (members.find(({ role }) => role === 'admin') ?? members[0]);
    if (!hasOwner) report(`group ${id} has no owner`);
    const remaining = members.map((one) => (one === heir ? { ...one, role: 'owner' as const } : one));
    const rev = Math.max(header.rev, revision);
    state.putHeader({
      ...header,
      members: remaining.map(({ userId }) => userId),
      lastSeq: remaining.length === 0 ? 0 : header.lastSeq,
      group: { ...group, members: remaining, infoRev: rev },
      rev,
    });
  }
}

/** Ends the links of these groups, and of groups that are not there. @returns whether a link of the latter was found */
export function endGroupLinks(state: State, ids: ReadonlySet<Id>): boolean {
  let isFound = false;
  for (const link of state.invites()) {
    if (link.conversationId === undefined) continue;
    const header = state.conversation(link.conversationId);
    const isThere = header?.kind === 'group' && !isDeletedGroup(header);
    if (isThere && !ids.has(link.conversationId)) continue;
    state.putInvite({ ...link, used: link.uses });
    isFound ||= !isThere;
  }
  return isFound;
}
