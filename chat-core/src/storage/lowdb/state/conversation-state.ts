import type { Id } from '../../../wire/wire.ts';
import { withMessage } from '../../rows.ts';
import { type SeqRanges, withSeq } from '../../seq-ranges.ts';
import {
  type Conversation,
  type HiddenMessage,
  MAX_CHANGES,
  type Mark,
  type StoredMessage,
} from '../../store.ts';

/** What one person hid from themself, and when they did, for their other devices. */
export type Hidden = { ranges: SeqRanges; changes: ChangeLog };

/**
 * A conversation as this backend keeps it: messages up to seq `paged` are in pages, the rest in `tail`. `overlay` holds
 * the rows that changed since their page was written.
 */
export type ConversationState = {
  header: Conversation;
  paged: number;
  tail: StoredMessage[];
  overlay: Map<number, StoredMessage>;
  changes: ChangeLog;
  hidden: ReadonlyMap<Id, Hidden>;
  marks: Map<Id, Mark>;
};

/** The same in a page of headers; what is empty is left out. */
export type PagedHeader = Conversation & {
  paged: number;
  marks?: Omit<Mark, 'conversationId'>[];
  changes?: ChangeLog;
  hidden?: (Hidden & { userId: Id })[];
};

/** Shared by all conversations without one: never written to. */
const NOTHING = new Map<never, never>();

/** A conversation without messages, as it is known from its header. */
export function newEntry(header: Conversation): ConversationState {
  return {
    header,
    paged: 0,
    tail: [],
    overlay: NOTHING,
    changes: NO_CHANGES,
    hidden: NOTHING,
    marks: new Map(),
  };
}

/** An entry as its page of headers has it. */
export function readEntry({
  paged,
  marks = [],
  changes = NO_CHANGES,
  hidden = [],
  ...header
}: PagedHeader): ConversationState {
  return {
    ...newEntry(header),
    paged,
    changes,
    hidden: hidden.length === 0 ? NOTHING : new Map(hidden.map(({ userId, ...rest }) => [userId, rest])),
    marks: new Map(marks.map((mark) => [mark.userId, { conversationId: header.id, ...mark }])),
  };
}

export function writeEntry({ header, paged, changes, hidden, marks }: ConversationState): PagedHeader {
  return {
    ...header,
    paged,
    ...(marks.size > 0 && { marks: [...marks.values()].map(({ conversationId: _, ...mark }) => mark) }),
    ...(changes !== NO_CHANGES && { changes }),
    ...(hidden.size > 0 && { hidden: [...hidden].map(([userId, rest]) => ({ userId, ...rest })) }),
  };
}

/** With one message more; one that is here already adds none. */
export function withAppended(entry: ConversationState, message: StoredMessage): ConversationState {
  const { paged, tail } = entry;
  if (message.seq > Math.max(paged, tail.at(-1)?.seq ?? 0)) tail.push(message);
  return { ...entry, header: withMessage(entry.header, message) };
}

/** With a row in the place of the one of its seq, unless that one is newer. */
export function withEdit(entry: ConversationState, row: StoredMessage): ConversationState {
  const { paged, tail } = entry;
  let { overlay } = entry;
  const at = row.seq - paged - 1;
  const known = at >= 0 ? tail[at] : overlay.get(row.seq);
  if (at >= 0) {
    if (known && revOf(known) <= revOf(row)) tail[at] = row;
  } else if (revOf(known) <= revOf(row)) {
    if (overlay === NOTHING) overlay = new Map();
    overlay.set(row.seq, row);
  }
  const changes = withChange(entry.changes, row.seq, revOf(row));
  return { ...entry, overlay, changes, header: withMessage(entry.header, row) };
}

/** With a message hidden from one person. */
export function withHidden(entry: ConversationState, { userId, seq, rev }: HiddenMessage): ConversationState {
  const { ranges, changes } = entry.hidden.get(userId) ?? { ranges: [], changes: NO_CHANGES };
  const own = { ranges: withSeq(ranges, seq), changes: withChange(changes, seq, rev) };
  return { ...entry, hidden: new Map(entry.hidden).set(userId, own) };
}

/** After these rows were written to their page. What changed while they were lies over it until the next time. */
export function afterPaging(entry: ConversationState, written: StoredMessage[]): ConversationState {
  const { tail } = entry;
  const overlay = new Map(entry.overlay);
  for (const row of written) {
    if (overlay.get(row.seq) === row) overlay.delete(row.seq);
    const now = tail[row.seq - entry.paged - 1];
    if (now && now !== row) overlay.set(row.seq, now);
  }
  const paged = Math.max(entry.paged, written.at(-1)?.seq ?? 0);
  return {
    ...entry,
    paged,
    overlay: overlay.size === 0 ? NOTHING : overlay,
    tail: tail.filter(({ seq }) => seq > paged),
  };
}

/** The oldest revision of a row that is in memory and in no page. */
export function oldestUnpaged({ tail, overlay }: ConversationState): number {
  let oldest = tail[0]?.rev ?? Number.POSITIVE_INFINITY;
  for (const row of overlay.values()) oldest = Math.min(oldest, revOf(row));
  return oldest;
}

/** The header as one person sees it: what changed for them alone counts. */
export function headerFor({ header, hidden }: ConversationState, userId: Id): Conversation {
  const rev = newestChange(hidden.get(userId)?.changes ?? NO_CHANGES);
  return rev > header.rev ? { ...header, rev } : header;
}

/** Seqs that changed for a person after a revision, each with its last change; undefined when not all are remembered. */
export function changesFor(
  { changes, hidden }: ConversationState,
  userId: Id,
  since: number,
): Map<number, number> | undefined {
  const found = new Map<number, number>();
  for (const kept of [changes, hidden.get(userId)?.changes ?? NO_CHANGES]) {
    const after = changesAfter(kept, since);
    if (!after) return undefined;
    for (const [seq, rev] of after) found.set(seq, Math.max(rev, found.get(seq) ?? 0));
  }
  return found;
}

/** Raises a mark among others as far as it is higher; answers whether it was. */
export function raise(marks: Map<Id, Mark>, { conversationId, userId, delivered, read }: Mark): boolean {
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

/** The revision of a row's last change, 0 before any. */
export function revOf(row: StoredMessage | undefined): number {
  return row?.changedRev ?? 0;
}

/**
 * The newest changes of messages, each seq once, in the order of change. All with a revision above `floor` are here:
 * who follows from an older one begins anew.
 */
export type ChangeLog = { floor: number; recent: readonly (readonly [seq: number, rev: number])[] };

export const NO_CHANGES: ChangeLog = { floor: 0, recent: [] };

/** The same and this change. One that is here already, or was overtaken, changes nothing: lines are read twice. */
export function withChange(kept: ChangeLog, seq: number, rev: number): ChangeLog {
  const { floor, recent } = kept;
  if (rev < newestChange(kept) || recent.some((one) => one[0] === seq && one[1] >= rev)) return kept;
  const others = recent.filter((one) => one[0] !== seq);
  const oldest = others.length < MAX_CHANGES ? undefined : others.shift();
  return { floor: oldest?.[1] ?? floor, recent: [...others, [seq, rev]] };
}

/** The revision of the newest change, 0 before any. */
export function newestChange({ floor, recent }: ChangeLog): number {
  return recent.at(-1)?.[1] ?? floor;
}

/** What changed after a revision; undefined when not all of it is remembered. */
export function changesAfter({ floor, recent }: ChangeLog, since: number): ChangeLog['recent'] | undefined {
  return since < floor ? undefined : recent.filter(([, rev]) => rev > since);
}
