import type { BoxRows } from '../../src/storage/box-rows.ts';
import {
  type ChangeLog,
  NO_CHANGES,
  toPagedHeader,
} from '../../src/storage/lowdb/state/conversation-state.ts';

/** All rows of a box, in one order. */
export async function dumpBox({ state, history, pictures, epoch: _, ...rest }: BoxRows) {
  const byUser = (rows: { userId: string }[] = []) =>
    rows.toSorted((a, b) => a.userId.localeCompare(b.userId));
  const ids = [...state.people.accounts.ids()];
  // Of one commit the order of changes is no matter.
  const inOrder = ({ floor, recent }: ChangeLog = NO_CHANGES) => ({
    floor,
    recent: recent.toSorted((a, b) => a[1] - b[1] || a[0] - b[0]),
  });
  const headers = [...state.conversationStates()].map((one) => {
    const { paged: _, pageRevisions: __, ...row } = toPagedHeader(one);
    return {
      ...row,
      changes: inOrder(row.changes),
      marks: byUser(row.marks),
      hidden: byUser(row.hidden?.map((own) => ({ ...own, changes: inOrder(own.changes) }))),
      usages: byUser(row.usages),
    };
  });
  const [messages, shown] = [[], []] as [unknown[], unknown[]];
  for (const { id, lastSeq } of headers) messages.push(await history.between(id, 1, lastSeq));
  for (const id of [...ids, ...headers.map((one) => one.id)]) shown.push(await pictures.read(state, id));
  return {
    ...rest,
    accounts: ids.map((id) => ({ ...state.account(id), seenAt: state.people.lastSeen(id) })),
    headers,
    messages,
    pictures: shown.filter(Boolean),
    invites: state.invites(),
    uploads: state.uploads(),
    newest: ids.map((id) => state.newestFor(id)),
    uses: ids.map((id) => state.totalUsage(id)),
  };
}
