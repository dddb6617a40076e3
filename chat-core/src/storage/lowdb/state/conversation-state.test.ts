import { expect, it } from 'vitest';
import type { StoredMessage } from '../../store.ts';
import {
  afterPaging,
  newConversationState,
  oldestUnpaged,
  withAppended,
  withEdit,
} from './conversation-state.ts';

const row = (seq: number, rev: number, changedRev?: number): StoredMessage => ({
  id: `m${seq}`,
  conversationId: 'c',
  seq,
  senderId: 'ani',
  receiverId: 'budi',
  content: `sealed in ${changedRev ?? rev}`,
  timestamp: 1,
  v: 1,
  kid: 'k1',
  rev,
  ...(changedRev && { changedRev }),
});
const header = { id: 'c', kind: 'direct' as const, lastSeq: 0, befriendedRev: 1, rev: 1 };
const pageOf = (messages: StoredMessage[]) => ({ page: 1, messages, asOf: 9 });
const empty = () => newConversationState({ ...header, members: ['ani', 'budi'] });

it('the oldest unpaged revision is that of a sent or changed row that is in no page', () => {
  expect(oldestUnpaged(empty())).toBe(Number.POSITIVE_INFINITY);
  const [first, second] = [row(1, 2), row(2, 3)];
  const sent = withAppended(withAppended(empty(), first), second);
  expect(oldestUnpaged(sent)).toBe(2);
  const paged = afterPaging(sent, pageOf([first, second]));
  expect(oldestUnpaged(paged)).toBe(Number.POSITIVE_INFINITY);

  const edited = withEdit(paged, row(1, 2, 4));
  expect(oldestUnpaged(edited)).toBe(4);
  expect(oldestUnpaged(afterPaging(edited, pageOf([row(1, 2, 4), second])))).toBe(4);
  expect(oldestUnpaged(afterPaging(edited, pageOf([...edited.overlay.values(), second])))).toBe(
    Number.POSITIVE_INFINITY,
  );
  expect(oldestUnpaged(withAppended(edited, row(3, 5)))).toBe(4);
});

it('a row that changes while its page is written is still unpaged', () => {
  const first = row(1, 2);
  const changed = withEdit(withAppended(empty(), first), row(1, 2, 3));
  expect(oldestUnpaged(afterPaging(changed, pageOf([first])))).toBe(3);
});
