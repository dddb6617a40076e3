import type { Id, Message } from '../../../chat-core/src/wire/wire.ts';
import { type Chat, messageAt, type StoredChat } from '../state/chat.ts';
import type { State } from '../state/state.ts';
import { MAX_MESSAGES, type SnapshotUpdate } from './local-db.ts';

/** Conversations that are kept; the ones written in last. */
const MAX_CHATS = 500;

/** What is not written yet. `whole`: nothing that is kept counts any more. `messages`: as the box told them, by place. */
export type Dirt = { whole: boolean; people: boolean; chats: Set<Id>; messages: Map<string, Message> };

export const noDirt = (): Dirt => ({ whole: false, people: false, chats: new Set(), messages: new Map() });

export function isClean({ whole, people, chats, messages }: Dirt): boolean {
  return !whole && !people && chats.size === 0 && messages.size === 0;
}

export function touch({ chats, messages }: Dirt, message: Message): void {
  chats.add(message.conversationId);
  byPlace([message], messages);
}

/** Each message once, whatever it was before. */
function byPlace(messages: Message[], known: Map<string, Message>): Map<string, Message> {
  for (const message of messages) known.set(`${message.conversationId} ${message.seq}`, message);
  return known;
}

/** What has to be written for all that is kept to be as the state is, to which the cursor led. */
export function changeOf(state: State, dirt: Dirt, cursor: string): SnapshotUpdate {
  const { whole } = dirt;
  const { me, people, friends, requests, blocked } = state;
  const chats = Object.values(state.chats).sort((a, b) => writtenAt(b) - writtenAt(a));
  const surplus = new Set(chats.splice(MAX_CHATS));
  const shown = whole ? chats.flatMap(({ messages, loaded }) => (loaded ? messages : [])) : [];
  const messages = [...byPlace(shown, dirt.messages).values()].flatMap((message) => {
    const chat = state.chats[message.conversationId];
    const isWanted = chat && !surplus.has(chat) && message.seq > chat.lastSeq - MAX_MESSAGES;
    return isWanted ? latest(chat, message) : [];
  });
  return {
    whole,
    // A poll that went on from here would never speak of what there was no room for.
    cursor: surplus.size > 0 ? null : cursor,
    ...(whole || dirt.people ? { people: { me, people, friends, requests, blocked } } : {}),
    chats: chats.filter(({ id }) => whole || dirt.chats.has(id)).map(keptChat),
    messages,
    dropped: [...surplus].map(({ id }) => id),
  };
}

/** The state has a message as fresh as it comes; what is stale there, or not there at all, the box has told. */
function latest(chat: Chat, message: Message): Message {
  const held = messageAt(chat, message.seq);
  return held && !('stale' in held) ? held : message;
}

const writtenAt = ({ last }: Chat) => last?.timestamp ?? 0;

function keptChat({ id, kind, members, lastSeq, unread, last, receipts: marks, seen }: Chat): StoredChat {
  return { id, kind, members, lastSeq, unread, marks, seen, ...(last ? { last } : {}) };
}
