import type { StoredMessage } from '../../src/storage/store.ts';
import type { Id } from '../../src/wire/wire.ts';

/** A vote, whose sealed list replaces the one before, or the end of a poll. */
export type PollPart =
  | { kind: 'vote'; conversationId: Id; seq: number; content: string }
  | { kind: 'close'; conversationId: Id; seq: number };

/** A poll after a vote or its end. */
export function changedPoll(row: StoredMessage, part: PollPart): StoredMessage {
  if (part.kind === 'close') return { ...row, poll: { ...row.poll, closed: true } };
  const edit = (row.poll?.votes?.edit ?? 0) + 1;
  return { ...row, poll: { ...row.poll, votes: { v: 1, kid: 'k1', content: part.content, edit } } };
}

export function describePoll({ poll }: StoredMessage): unknown {
  const { closed = false, votes } = poll ?? {};
  return poll ? [closed, votes?.v, votes?.kid, votes?.content, votes?.edit] : null;
}
