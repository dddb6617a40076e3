import { toId } from '../../storage/foreign-ids.ts';
import type { SeqRanges } from '../../storage/seq-ranges.ts';
import { ChatFlags, Starred } from '../../wire/chats.ts';
import { Id } from '../../wire/common.ts';
import { EXPIRY_CHOICES } from '../../wire/expiry.ts';
import { Me, Muted, type Privacy } from '../../wire/people.ts';
import { MAX_SCHEDULED } from '../../wire/scheduled.ts';
import { withoutControls } from '../../wire/text.ts';
import { isSeq, listOf, MAX_SEALED_BYTES, userIds } from '../import/seed-fields.ts';

type Fields = Record<string, unknown>;

/** The code of an error. */
const CODE = /^[A-Z_]{1,40}$/;

/** A text to be sent later: readable, or sealed for its author, conversation and time. */
export type SeedScheduled = { id: Id; conversationId: Id; dueAt: number; failure?: string } & (
  | { text: string }
  | { v: 1; kid: string; content: string }
);

/** What a person of the file has set for themselves; conversations and seqs are those of the file. */
export type SeedSettings = {
  privacy?: Privacy;
  muted: Muted[];
  chats: ChatFlags[];
  stars: Starred[];
  scheduled: SeedScheduled[];
};

/** What all members of a conversation have set for it; the seq is that of the file. */
export type SeedHeader = {
  expireAfterS?: number;
  pinned?: { seq: number; by: Id; expiresAt?: number };
};

/** A direct conversation of the file. */
export type SeedDirect = SeedHeader & { id: Id; members: [Id, Id] };

/** The settings of a user of the file, without what cannot be read; undefined where there are none. */
export function readSettings(settings: unknown): SeedSettings | undefined {
  if (typeof settings !== 'object' || settings === null) return undefined;
  const { privacy, muted, chats, stars, scheduled } = settings as Fields;
  const own = Me.shape.privacy.safeParse(privacy).data;
  const each = <T>(list: unknown, read: (one: unknown) => T | undefined) =>
    listOf(list).flatMap((one) => read(one) ?? []);
  return {
    ...(own && { privacy: own }),
    muted: each(muted, (one) => Muted.safeParse(one).data),
    chats: each(chats, (one) => ChatFlags.safeParse(one).data),
    stars: each(stars, (one) => Starred.safeParse(one).data),
    scheduled: each(scheduled, readScheduled).slice(0, MAX_SCHEDULED),
  };
}

/** The settings of a conversation of the file, without what cannot be read. */
export function readHeader({ expireAfterS, pinned }: Fields): SeedHeader {
  const after = EXPIRY_CHOICES.find((choice) => choice > 0 && choice === expireAfterS);
  const { seq, by, expiresAt } = (pinned ?? {}) as Fields;
  const [author] = userIds([by]);
  return {
    ...(after !== undefined && { expireAfterS: after }),
    ...(isSeq(seq) &&
      seq > 0 &&
      author !== undefined && { pinned: { seq, by: author, ...(isSeq(expiresAt) && { expiresAt }) } }),
  };
}

/** A direct conversation of the file, undefined when it does not name two people. */
export function readDirect(direct: Fields): SeedDirect | undefined {
  const { id, members } = direct;
  const [a, b, ...others] = userIds(members);
  if (typeof id !== 'string' || toId('conversation', id) !== id || !a || !b || others.length > 0)
    return undefined;
  return { id, members: a < b ? [a, b] : [b, a], ...readHeader(direct) };
}

/** Which seqs of which groups the export left out, as ascending ranges. */
export function readOmitted(list: unknown): Map<Id, SeqRanges> {
  const omitted = new Map<Id, SeqRanges>();
  for (const one of listOf(list)) {
    const { conversationId, seqs } = (one ?? {}) as Fields;
    const ranges = listOf(seqs).flatMap((range): [number, number][] => {
      const [from, to] = listOf(range);
      return isSeq(from) && isSeq(to) && from > 0 && from <= to ? [[from, to]] : [];
    });
    const isAscending = ranges.every(([from], index) => from > (ranges[index - 1]?.[1] ?? 0));
    if (typeof conversationId === 'string' && isAscending)
      omitted.set(toId('conversation', conversationId), ranges);
  }
  return omitted;
}

function readScheduled(scheduled: unknown): SeedScheduled | undefined {
  const { id, conversationId, dueAt, failure, text, v, kid, content } = (scheduled ?? {}) as Fields;
  const [own, to] = [Id.safeParse(id).data, Id.safeParse(conversationId).data];
  if (own === undefined || to === undefined || !isSeq(dueAt)) return undefined;
  const plan = {
    id: own,
    conversationId: to,
    dueAt,
    ...(typeof failure === 'string' && CODE.test(failure) && { failure }),
  };
  if (typeof text === 'string') {
    const whole = withoutControls(text.toWellFormed());
    return Buffer.byteLength(whole) <= MAX_SEALED_BYTES ? { ...plan, text: whole } : undefined;
  }
  const isSealed = v === 1 && typeof kid === 'string' && typeof content === 'string';
  return isSealed ? { ...plan, v, kid, content } : undefined;
}
