import type { ChatFlags, Id, Me, Starred } from '../../../chat-core/src/wire/wire.ts';
import type { State } from './state.ts';

const own = ({ me }: Pick<State, 'me'>): Partial<Me> => me ?? {};
const sets = new WeakMap<readonly Starred[], Set<string>>();

/** What this person has set for their chats; the pinned ones come in the order of the list. */
export const chatFlags = (state: State): readonly ChatFlags[] => own(state).chats ?? [];

/** What this person has set for a chat. */
export const flagsOf = (state: State, conversationId: Id): ChatFlags | undefined =>
  chatFlags(state).find((one) => one.conversationId === conversationId);

/** Whether this person has starred a message. */
export function isStarred(state: State, conversationId: Id, seq: number): boolean {
  const { stars } = own(state);
  if (!stars) return false;
  const set = sets.get(stars) ?? new Set(stars.flatMap((one) => one.seqs.map((n) => one.conversationId + n)));
  sets.set(stars, set);
  return set.has(conversationId + seq);
}
