import type { Id } from '../../../wire/wire.ts';
import { withMessage } from '../../rows.ts';
import { type SeqRanges, withSeq } from '../../seq-ranges.ts';
import {
  type Conversation,
  type FileUsage,
  type HiddenMessage,
  MAX_CHANGES,
  type Mark,
  type StoredMessage,
} from '../../store.ts';

/** A row belongs to a conversation without a header. */
export class UnknownConversation extends Error {
  override name = 'UnknownConversation';

  constructor(id: Id) {
    super(`it has a row of conversation ${id}, which no page and no line before it names`);
  }
}

/** Messages that one person hid from themselves, and the changes, for their other devices. */
export type Hidden = { ranges: SeqRanges; changes: ChangeLog };

/**
 * A conversation in memory. Messages up to seq `paged` are in pages, the rest in `tail`; `overlay` contains the rows
 * that changed since their page was written.
 */
export type ConversationState = {
  header: Conversation;
  paged: number;
  tail: StoredMessage[];
  overlay: Map<number, StoredMessage>;
  /** The pages that were written again with changes, each with the revision of the last time. */
  pageRevisions: ReadonlyMap<number, number>;
  changes: ChangeLog;
  hidden: ReadonlyMap<Id, Hidden>;
  marks: Map<Id, Mark>;
  /** The files of its messages by author, people without any left out. */
  usages: ReadonlyMap<Id, FileUsage>;
};

/** A conversation as it is stored in a page of headers, without empty fields. */
export type PagedHeader = Conversation & {
  paged: number;
  pageRevisions?: [page: number, revision: number][];
  marks?: Omit<Mark, 'conversationId'>[];
  changes?: ChangeLog;
  hidden?: (Hidden & { userId: Id })[];
  usages?: Omit<FileUsage, 'conversationId'>[];
};

/** An empty map that conversations share. It is never written to. */
const NOTHING = new Map<never, never>();

/** The state of a conversation with this header and no messages. */
export function newConversationState(header: Conversation): ConversationState {
  return {
    header,
    paged: 0,
    tail: [],
    overlay: NOTHING,
    pageRevisions: NOTHING,
    changes: NO_CHANGES,
    hidden: NOTHING,
    marks: new Map(),
    usages: NOTHING,
  };
}

/**
 * The state of a conversation from its row in a page of headers. `shared` returns the one string of an id that is in
 * memory already: a page has the id of each member three times.
 */
export function fromPagedHeader(
  {
    paged,
    pageRevisions = [],
    marks = [],
    changes = NO_CHANGES,
    hidden = [],
    usages = [],
    ...header
  }: PagedHeader,
  shared: (id: Id) => Id,
): ConversationState {
  const marksOf = new Map<Id, Mark>();
  for (const { userId, delivered, read } of marks) {
    const id = shared(userId);
    marksOf.set(id, { conversationId: header.id, userId: id, delivered, read });
  }
  return {
    ...newConversationState(withSharedIds(header, shared)),
    paged,
    pageRevisions: pageRevisions.length === 0 ? NOTHING : new Map(pageRevisions),
    changes,
    hidden: hidden.length === 0 ? NOTHING : new Map(hidden.map(({ userId, ...rest }) => [userId, rest])),
    marks: marksOf,
    usages:
      usages.length === 0
        ? NOTHING
        : new Map(usages.map((usage) => [usage.userId, { conversationId: header.id, ...usage }])),
  };
}

function withSharedIds(header: Conversation, shared: (id: Id) => Id): Conversation {
  if (header.kind === 'direct') return header;
  const members = header.group.members.map((one) => ({ ...one, userId: shared(one.userId) }));
  return { ...header, members: members.map(({ userId }) => userId), group: { ...header.group, members } };
}

export function toPagedHeader(state: ConversationState): PagedHeader {
  const { header, paged, pageRevisions, changes, hidden, marks, usages } = state;
  return {
    ...header,
    paged,
    ...(pageRevisions.size > 0 && { pageRevisions: [...pageRevisions] }),
    ...(marks.size > 0 && { marks: [...marks.values()].map(({ conversationId: _, ...mark }) => mark) }),
    ...(changes !== NO_CHANGES && { changes }),
    ...(hidden.size > 0 && { hidden: [...hidden].map(([userId, rest]) => ({ userId, ...rest })) }),
    ...(usages.size > 0 && {
      usages: [...usages.values()].map(({ conversationId: _, ...usage }) => usage),
    }),
  };
}

/** The state with one more message. A message that is already there is not added again. */
export function withAppended(state: ConversationState, message: StoredMessage): ConversationState {
  const { paged, tail } = state;
  if (message.seq > Math.max(paged, tail.at(-1)?.seq ?? 0)) tail.push(message);
  return { ...state, header: withMessage(state.header, message) };
}

/** The state with a changed message in place of the one with its seq, unless that one is newer. */
export function withEdit(state: ConversationState, row: StoredMessage): ConversationState {
  const { paged, tail } = state;
  let { overlay } = state;
  const index = row.seq - paged - 1;
  const known = index >= 0 ? tail[index] : overlay.get(row.seq);
  if (index >= 0) {
    if (known && revOf(known) <= revOf(row)) tail[index] = row;
  } else if (revOf(known) <= revOf(row)) {
    if (overlay === NOTHING) overlay = new Map();
    overlay.set(row.seq, row);
  }
  const changes = withChange(state.changes, row.seq, revOf(row));
  return { ...state, overlay, changes, header: withMessage(state.header, row) };
}

/** The state with a message hidden from one person. */
export function withHidden(state: ConversationState, { userId, seq, rev }: HiddenMessage): ConversationState {
  const { ranges, changes } = state.hidden.get(userId) ?? { ranges: [], changes: NO_CHANGES };
  const own = { ranges: withSeq(ranges, seq), changes: withChange(changes, seq, rev) };
  return { ...state, hidden: new Map(state.hidden).set(userId, own) };
}

/** The state with what one person uses now. */
export function withUsage(state: ConversationState, usage: FileUsage): ConversationState {
  const usages = new Map(state.usages);
  if (usage.files > 0) usages.set(usage.userId, usage);
  else usages.delete(usage.userId);
  return { ...state, usages: usages.size === 0 ? NOTHING : usages };
}

/**
 * The state after these rows were written to their page, up to revision `asOf`. Rows that changed during the write stay in
 * the overlay.
 */
export function afterPaging(
  state: ConversationState,
  { page, messages: written, asOf }: { page: number; messages: StoredMessage[]; asOf: number },
): ConversationState {
  const { tail } = state;
  const isChanged = written.some(({ seq }) => state.overlay.has(seq));
  const overlay = new Map(state.overlay);
  for (const row of written) {
    if (overlay.get(row.seq) === row) overlay.delete(row.seq);
    const now = tail[row.seq - state.paged - 1];
    if (now && now !== row) overlay.set(row.seq, now);
  }
  const paged = Math.max(state.paged, written.at(-1)?.seq ?? 0);
  return {
    ...state,
    paged,
    ...(isChanged && { pageRevisions: new Map(state.pageRevisions).set(page, asOf) }),
    overlay: overlay.size === 0 ? NOTHING : overlay,
    tail: tail.filter(({ seq }) => seq > paged),
  };
}

/** The oldest revision of a row that is in no page. */
export function oldestUnpaged({ tail, overlay }: ConversationState): number {
  let oldest = tail[0]?.rev ?? Number.POSITIVE_INFINITY;
  for (const row of overlay.values()) oldest = Math.min(oldest, revOf(row));
  return oldest;
}

/** The header as one person sees it: its `rev` also covers changes for this person only. */
export function headerFor({ header, hidden }: ConversationState, userId: Id): Conversation {
  const rev = newestChange(hidden.get(userId)?.changes ?? NO_CHANGES);
  return rev > header.rev ? { ...header, rev } : header;
}

/** The seqs that changed for a person after a revision, each with its last change; undefined when the log is too short. */
export function changesFor(
  { changes, hidden }: ConversationState,
  userId: Id,
  since: number,
): Map<number, number> | undefined {
  const found = new Map<number, number>();
  for (const log of [changes, hidden.get(userId)?.changes ?? NO_CHANGES]) {
    const after = changesAfter(log, since);
    if (!after) return undefined;
    for (const [seq, rev] of after) found.set(seq, Math.max(rev, found.get(seq) ?? 0));
  }
  return found;
}

/** Raises a mark where it is higher than the stored one. @returns whether it was */
export function raiseMark(marks: Map<Id, Mark>, { conversationId, userId, delivered, read }: Mark): boolean {
  const known = marks.get(userId) ?? { delivered: 0, read: 0 };
  if (delivered <= known.delivered && read <= known.read) return false;
  marks.set(userId, {
    conversationId,
    userId,
    delivered: Math.max(delivered, known.delivered),
    read: Math.max(read, known.read),
  });
  return true;
}

/** The revision of a row's last change, 0 before the first. */
export function revOf(row: StoredMessage | undefined): number {
  return row?.changedRev ?? 0;
}

/**
 * The newest changes of messages, each seq once, in the order of change. It contains all changes after revision `floor`;
 * a client at an older revision starts again.
 */
export type ChangeLog = { floor: number; recent: readonly (readonly [seq: number, rev: number])[] };

export const NO_CHANGES: ChangeLog = { floor: 0, recent: [] };

/**
 * The log with one more change. A known or outdated change is ignored: replay may apply a record twice, and a message that
 * was only resealed is no change for anyone.
 */
export function withChange(log: ChangeLog, seq: number, rev: number): ChangeLog {
  const { floor, recent } = log;
  if (rev === 0 || rev < newestChange(log) || recent.some((one) => one[0] === seq && one[1] >= rev))
    return log;
  const others = recent.filter((one) => one[0] !== seq);
  const oldest = others.length < MAX_CHANGES ? undefined : others.shift();
  return { floor: oldest?.[1] ?? floor, recent: [...others, [seq, rev]] };
}

/** The revision of the newest change, 0 before the first. */
export function newestChange({ floor, recent }: ChangeLog): number {
  return recent.at(-1)?.[1] ?? floor;
}

/** The changes after a revision; undefined when the log is too short. */
export function changesAfter({ floor, recent }: ChangeLog, since: number): ChangeLog['recent'] | undefined {
  return since < floor ? undefined : recent.filter(([, rev]) => rev > since);
}
