import type { Id, Starred } from '../wire/wire.ts';

/** A message that is starred. */
export type StarRef = { conversationId: Id; seq: number };

/**
 * The starred messages one by one, in the order in which they were starred. The stored list groups neighbours of the same
 * conversation, so that 500 stars of a few chats take 4 KB of an account's row instead of 25.
 */
export function starRefs(stars: readonly Starred[]): StarRef[] {
  return stars.flatMap(({ conversationId, seqs }) => seqs.map((seq) => ({ conversationId, seq })));
}

/** The list of these messages; the reverse of starRefs. */
export function starList(refs: readonly StarRef[]): Starred[] {
  const list: Starred[] = [];
  for (const { conversationId, seq } of refs) {
    const last = list.at(-1);
    if (last?.conversationId === conversationId) last.seqs.push(seq);
    else list.push({ conversationId, seqs: [seq] });
  }
  return list;
}

export const isSameStar = (a: StarRef, b: StarRef) =>
  a.conversationId === b.conversationId && a.seq === b.seq;
