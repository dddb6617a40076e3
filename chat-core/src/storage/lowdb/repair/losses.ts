import type { Id } from '../../../wire/wire.ts';
import { formatRanges } from '../../seq-ranges.ts';
import type { IntegrityScan } from './integrity-scan.ts';

/** Members by whom a group is named. */
const MAX_NAMES = 3;

/** Whether accounts are lost. */
export function hasLostAccounts({ accounts: { unread, salvaged } }: IntegrityScan): boolean {
  return unread === undefined || unread > salvaged;
}

/** The losses that a repair cannot restore, in sentences; one sentence if there are none. */
export function describeLosses(found: IntegrityScan): string[] {
  const { lost, lostPictures, missing, isEndLost, revision, lostInvites } = found;
  const sentences = [...accountLosses(found), ...conversationLosses(found)];
  for (const [id, seqs] of lost) {
    const sorted = seqs.toSorted((a, b) => a - b);
    sentences.push(
      `Lost ${placeOf(found, id)}: ${seqs.length} messages, number ${formatRanges(sorted)}. They will be shown locked.`,
    );
  }
  if (missing.length > 0) {
    sentences.push(
      `Lost of the journal: ${missing.length} changes, revision ${formatRanges(missing)}. A new account, a friendship, a member who left a group, a sign-in or a changed password among them is gone too, and so is a message that nothing came after.`,
    );
  }
  if (isEndLost) {
    sentences.push(
      `Lost of the journal: everything after revision ${revision}. How much that was is not known: messages, accounts, friendships, members who left groups, changed passwords.`,
    );
  }
  if (lostInvites) sentences.push('Invitations are over: make new ones.');
  sentences.push(...fileLosses(found));
  for (const id of lostPictures) {
    const isGroup = found.state.conversation(id) !== undefined;
    sentences.push(`Lost: the picture of ${isGroup ? groupOf(found, id) : nameOf(found, id)}.`);
  }
  return sentences.length > 0 ? sentences : ['No message is lost.'];
}

function fileLosses(found: IntegrityScan): string[] {
  const sentences: string[] = [];
  const { lost, unnamed } = found.files;
  for (const [id, files] of Map.groupBy(lost, ({ conversationId }) => conversationId)) {
    const seqs = [...new Set(files.map(({ seq }) => seq))].sort((a, b) => a - b);
    sentences.push(
      `Lost ${placeOf(found, id)}: ${files.length} files, of message number ${formatRanges(seqs)}. Their messages stay, and show them as lost.`,
    );
  }
  if (unnamed.length > 0) {
    sentences.push(
      `Found: ${unnamed.length} files that nothing names and nothing opens any more. They will be put aside.`,
    );
  }
  if (found.lostUploads)
    sentences.push('Lost: uploads that no message had yet. People send those files again.');
  return sentences;
}

function accountLosses(found: IntegrityScan): string[] {
  const { unread, salvaged, inJournal, placeholders } = found.accounts;
  const sentences: string[] = [];
  if (unread === 0) return sentences;
  if (salvaged > 0) {
    sentences.push(
      `Read from damaged pages of users: ${salvaged} accounts. What they say of themselves may not be as it was written.`,
    );
  }
  if (!hasLostAccounts(found)) return sentences;
  const count =
    unread === undefined ? 'some accounts, how many is not known' : `${unread - salvaged} accounts`;
  const journal =
    inJournal > 0 ? ` ${inJournal} accounts of the journal may be among them, and are kept.` : '';
  sentences.push(`Lost: ${count}.${journal}`);
  if (placeholders.length > 0) {
    const names = placeholders.map((id) => nameOf(found, id)).join(', ');
    sentences.push(
      `Others name ${placeholders.length} of them: ${names} will stand there, and npm run reset-password lets the owner in.`,
    );
  }
  return sentences;
}

function conversationLosses(found: IntegrityScan): string[] {
  const { rebuilt, rebuiltGroups, memberless, unreadable, emptied, gone } = found.conversations;
  const sentences: string[] = [];
  if (rebuilt.length > 0) {
    sentences.push(
      `Made anew from their messages: ${rebuilt.length} conversations. How far people had read in them is lost, and what a person deleted only for themselves is there again.`,
    );
  }
  for (const id of rebuiltGroups) {
    const header = found.state.conversation(id);
    const isArchive = header?.kind === 'group' && header.group.archive !== undefined;
    const stays = isArchive ? ' It stays an archive that can only be read.' : '';
    sentences.push(
      `Made anew from its messages: ${groupOf(found, id)}.${stays} Its name, picture, rules and links are lost; members are those whom its messages show, each reads from there on, and the first is its owner.`,
    );
  }
  if (memberless.length > 0) {
    sentences.push(
      `Lost: ${memberless.length} groups of which no member is known. What is left of them is put aside.`,
    );
  }
  for (const [one, other] of emptied)
    sentences.push(`Lost: the conversation of ${nameOf(found, one)} and ${nameOf(found, other)}, whole.`);
  if (unreadable.length > 0)
    sentences.push(`Lost: ${unreadable.length} conversations in which nothing reads.`);
  const others = emptied.length > 0 ? ' more' : '';
  if (gone === undefined) sentences.push(`Lost: maybe${others} conversations, how many is not known.`);
  else if (gone > unreadable.length)
    sentences.push(`Lost: ${gone - unreadable.length}${others} conversations, whole.`);
  return sentences;
}

function placeOf(found: IntegrityScan, id: Id): string {
  const { kind, members = [] } = found.state.conversation(id) ?? {};
  if (kind === 'group') return `in ${groupOf(found, id)}`;
  return `between ${members.map((member) => nameOf(found, member)).join(' and ')}`;
}

/** A group by some of its members: its name is sealed. */
function groupOf(found: IntegrityScan, id: Id): string {
  const { members = [] } = found.state.conversation(id) ?? {};
  const names = members.slice(0, MAX_NAMES).map((member) => nameOf(found, member));
  const more = members.length > MAX_NAMES ? ` and ${members.length - MAX_NAMES} more` : '';
  return `the group of ${names.join(', ')}${more}`;
}

function nameOf({ state }: IntegrityScan, id: Id): string {
  return state.account(id)?.username ?? 'an unknown person';
}
