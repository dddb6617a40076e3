import type {
  Conversation,
  Delta,
  Friend,
  FriendRequests,
  Id,
  Presence,
  Profile,
} from '../../../chat-core/src/wire/wire.ts';

/** What is known of people. `people`: the last profile that the server sent of each. */
export type People = {
  people: Record<Id, Profile>;
  friends: Friend[];
  requests: FriendRequests;
  blocked: Profile[];
  presence: Record<Id, Presence>;
  /** By conversation and person: until when they count as typing, in epoch milliseconds. */
  typing: Record<Id, Record<Id, number>>;
};

export const noPeople: People = {
  people: {},
  friends: [],
  requests: { incoming: [], outgoing: [] },
  blocked: [],
  presence: {},
  typing: {},
};

/** `held` with the changes of a delta that arrived at `at`. */
export function withPeople(held: People, delta: Delta, at: number): People {
  const before = delta.reset ? noPeople : held;
  const { friends = [], requests = before.requests, blocked = before.blocked } = delta;
  const gone = new Set(delta.gone?.friends);
  const profiles = [
    ...(delta.conversations ?? []).flatMap(peopleIn),
    ...(delta.requests ? [...requests.incoming, ...requests.outgoing] : []),
    ...(delta.blocked ?? []),
    ...friends,
    ...(delta.me ? [delta.me] : []),
  ];
  const presence = { ...before.presence, ...keyed(delta.presence ?? [], ({ userId }) => userId) };
  for (const id of gone) delete presence[id];
  return {
    people: { ...before.people, ...keyed(profiles, ({ id }) => id) },
    friends: mergeById(before.friends, friends).filter(({ id }) => !gone.has(id)),
    requests,
    blocked,
    presence,
    typing: typingAfter(before.typing, delta, at),
  };
}

/** The people that a conversation names; of a group, when it has changed. */
function peopleIn(conversation: Conversation): Profile[] {
  if (conversation.kind === 'direct') return conversation.members;
  const { members = [], requests = [] } = conversation.group ?? {};
  // A profile has no role, which differs from group to group.
  return [...members.map(({ role: _, ...profile }) => profile), ...requests];
}

/** A message ends the typing of its sender; the typing of the same delta counts after that. */
function typingAfter(held: People['typing'], delta: Delta, at: number): People['typing'] {
  let typing = held;
  for (const { conversationId, senderId } of delta.messages ?? []) {
    typing = withTyping(typing, conversationId, senderId, 0);
  }
  for (const { conversationId, userId, forMs } of delta.typing ?? []) {
    typing = withTyping(typing, conversationId, userId, forMs > 0 ? at + forMs : 0);
  }
  return typing;
}

/** Without those who stopped typing by now. */
export function typingAt(typing: People['typing'], at: number): People['typing'] {
  const over = Object.entries(typing).flatMap(([conversationId, people]) =>
    Object.entries(people)
      .filter(([, until]) => until <= at)
      .map(([userId]) => [conversationId, userId] as const),
  );
  return over.reduce((left, [conversationId, userId]) => withTyping(left, conversationId, userId, 0), typing);
}

/** When the next typing ends. */
export function nextTypingEnd(typing: People['typing']): number | undefined {
  const ends = Object.values(typing).flatMap((people) => Object.values(people));
  return ends.length > 0 ? Math.min(...ends) : undefined;
}

function withTyping(typing: People['typing'], conversationId: Id, userId: Id, until: number) {
  const { [userId]: was, ...others } = typing[conversationId] ?? {};
  if (until > 0) return { ...typing, [conversationId]: { ...others, [userId]: until } };
  if (was === undefined) return typing;
  const { [conversationId]: _, ...elsewhere } = typing;
  return Object.keys(others).length > 0 ? { ...elsewhere, [conversationId]: others } : elsewhere;
}

function mergeById(held: Friend[], incoming: Friend[]): Friend[] {
  const known = new Map(held.map((friend) => [friend.id, friend]));
  for (const friend of incoming) known.set(friend.id, friend);
  return [...known.values()];
}

function keyed<T>(items: T[], key: (item: T) => string): Record<string, T> {
  return Object.fromEntries(items.map((item) => [key(item), item]));
}
