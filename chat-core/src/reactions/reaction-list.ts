import { z } from 'zod';
import { Id } from '../wire/common.ts';
import { Emoji, type Reaction } from '../wire/reactions.ts';

/** Different emojis that one person may react with to a message, and that all may. */
export const MAX_OWN_EMOJIS = 3;
export const MAX_EMOJIS = 20;
/** Reactions to a message: their text stays below the 16 KiB that cipher-service takes, at 39 bytes for each. */
export const MAX_REACTIONS = 384;

/** The reactions to a message: each emoji with who reacted so, both in the order in which they came. */
export type ReactionList = readonly (readonly [emoji: string, userIds: readonly Id[]])[];

const Stored = z.array(z.tuple([Emoji, z.array(Id).min(1)])).max(MAX_EMOJIS);

/** The list of an opened text; undefined when it is none. */
export function readReactionList(text: string | undefined): ReactionList | undefined {
  if (text === undefined) return undefined;
  try {
    return Stored.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** The text to seal of a list. */
export function writeReactionList(list: ReactionList): string {
  return JSON.stringify(list);
}

/** The list with one more reaction: the same list when it has it already, undefined when one of the limits is reached. */
export function withReaction(list: ReactionList, userId: Id, emoji: string): ReactionList | undefined {
  const known = list.find(([one]) => one === emoji);
  if (known?.[1].includes(userId)) return list;
  const own = list.filter(([, userIds]) => userIds.includes(userId)).length;
  const all = list.reduce((sum, [, userIds]) => sum + userIds.length, 0);
  if (own >= MAX_OWN_EMOJIS || all >= MAX_REACTIONS) return undefined;
  if (!known) return list.length >= MAX_EMOJIS ? undefined : [...list, [emoji, [userId]]];
  return list.map((one) => (one === known ? [emoji, [...known[1], userId]] : one));
}

/** The list without a reaction: the same list when it does not have it. */
export function withoutReaction(list: ReactionList, userId: Id, emoji: string): ReactionList {
  const known = list.find(([one]) => one === emoji);
  if (!known?.[1].includes(userId)) return list;
  return only(list, (id, one) => id !== userId || one !== emoji);
}

/** The reactions that pass; an emoji of no one is left out. */
export function only(list: ReactionList, passes: (userId: Id, emoji: string) => boolean): ReactionList {
  return list
    .map(([emoji, userIds]) => [emoji, userIds.filter((id) => passes(id, emoji))] as const)
    .filter(([, userIds]) => userIds.length > 0);
}

/** The list as one person gets it: numbers, and which are their own. */
export function countReactions(list: ReactionList, userId: Id): Reaction[] {
  return list.map(([emoji, userIds]) => ({
    emoji,
    count: userIds.length,
    ...(userIds.includes(userId) && { mine: true as const }),
  }));
}
