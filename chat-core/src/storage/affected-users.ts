import type { Id } from '../wire/wire.ts';
import type { Rows } from './rows.ts';
import type { CommittedChanges } from './writer.ts';

/** The people for whom these transactions changed something they see. `rows` has what was committed. */
export function affectedUsers(batch: CommittedChanges[], rows: Pick<Rows, 'conversation'>): Set<Id> {
  const users = new Set<Id>();
  for (const { revision, changes } of batch) {
    for (const { id, peopleRev, contacts, profile } of changes.accounts) {
      if (peopleRev === revision || profile?.rev === revision) users.add(id);
      if (profile?.shownRev === revision) for (const contact of contacts) users.add(contact);
    }
    const ids = new Set([
      ...changes.conversations.map(({ id }) => id),
      ...[...changes.messages, ...changes.edits].map(({ conversationId }) => conversationId),
    ]);
    for (const { userId } of changes.hidden) users.add(userId);
    for (const id of ids) for (const member of rows.conversation(id)?.members ?? []) users.add(member);
  }
  return users;
}
