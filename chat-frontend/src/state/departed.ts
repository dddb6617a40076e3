import type { Delta, Id, Profile } from '../../../chat-core/src/wire/wire.ts';
import type { Chat } from './chat.ts';
import type { Draft } from './draft.ts';
import type { PendingMessage, PendingMutation } from './pending.ts';
import type { People } from './people.ts';

/** The parts of the state that belong to conversations and their people. */
type Held = People & {
  chats: Record<Id, Chat>;
  drafts: Record<Id, Draft>;
  outbox: PendingMessage[];
  mutations: PendingMutation[];
};

/** The groups of which this person is no longer a member after a delta. A whole state simply lacks them. */
export function departedChats(
  { chats }: Pick<Held, 'chats'>,
  { gone, reset, conversations = [] }: Delta,
): Id[] {
  const present = new Set(conversations.map(({ id }) => id));
  const missing = Object.values(chats).filter(({ id, kind }) => kind === 'group' && !present.has(id));
  return [...(gone?.conversations ?? []), ...(reset ? missing.map(({ id }) => id) : [])];
}

/** The state without everything of these conversations, and without those of their people who are known from nowhere else. */
export function withoutChats<State extends Held>(state: State, ids: readonly Id[]): State {
  const isGone = (id: Id) => ids.includes(id);
  const remaining = <Value>(byId: Record<Id, Value>) =>
    Object.fromEntries(Object.entries(byId).filter(([id]) => !isGone(id)));
  const remains = ({ conversationId }: { conversationId: Id }) => !isGone(conversationId);
  const chats = remaining(state.chats);
  const peopleIn = (all: Held['chats']) =>
    Object.values(all).flatMap(({ members, group }) => [...members, ...(group?.requests ?? [])]);
  const { friends, requests, blocked } = state;
  const known = [...peopleIn(chats), ...friends, ...requests.incoming, ...requests.outgoing, ...blocked];
  const people = { ...state.people };
  for (const { id } of peopleIn(state.chats)) if (!known.some((one) => one.id === id)) delete people[id];
  return {
    ...state,
    chats,
    people,
    drafts: remaining(state.drafts),
    typing: remaining(state.typing),
    outbox: state.outbox.filter(remains),
    mutations: state.mutations.filter(remains),
  };
}

/** The ids of all pictures that the state shows. */
export function picturesOf({ people, chats }: Pick<Held, 'people' | 'chats'>): Set<Id> {
  const shown: (Pick<Profile, 'pictureId'> | undefined)[] = [
    ...Object.values(people),
    ...Object.values(chats).map(({ group }) => group),
  ];
  return new Set(shown.flatMap((one) => one?.pictureId ?? []));
}
