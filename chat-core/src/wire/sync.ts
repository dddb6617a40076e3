import { z } from 'zod';
import { Count, Id, Seq, Time } from './common.ts';
import { GroupInfo } from './groups.ts';
import { Message } from './messages.ts';
import { FriendRequests, Me, Profile } from './people.ts';

const Pinned = z.strictObject({ seq: Seq, by: Id });
/** `unread` counts the messages of others after the caller's read receipt. */
const header = {
  id: Id,
  lastSeq: Count,
  unread: Count,
  last: Message.exactOptional(),
  expireAfterS: Count.exactOptional().meta({
    description: 'new messages expire so many seconds after they were sent; absent: they do not',
  }),
  pinned: Pinned.exactOptional().meta({ description: 'the pinned message, unless you may not read it' }),
};
export const Pin = z.strictObject({ seq: Seq });
/** What is pinned now. */
export const PinAnswer = z.strictObject({ conversationId: Id, pinned: Pinned.exactOptional() });
export type PinAnswer = z.infer<typeof PinAnswer>;

const DirectConversation = z
  .strictObject({
    ...header,
    kind: z.literal('direct'),
    members: z.array(Profile).meta({ description: 'the two people, or the caller alone: their notes' }),
  })
  .meta({ id: 'DirectConversation' });
export type DirectConversation = z.infer<typeof DirectConversation>;

/** `group` is absent while nothing of it has changed; `mentions` counts the unread messages that mention the caller. */
export const GroupConversation = z
  .strictObject({
    ...header,
    kind: z.literal('group'),
    mentions: Count.exactOptional(),
    group: GroupInfo.exactOptional(),
  })
  .meta({ id: 'GroupConversation' });
export type GroupConversation = z.infer<typeof GroupConversation>;

export const Conversation = z
  .discriminatedUnion('kind', [DirectConversation, GroupConversation])
  .meta({ id: 'Conversation' });
export type Conversation = z.infer<typeof Conversation>;
export type Member = Profile;

const receipt = {
  conversationId: Id,
  userId: Id,
  delivered: Count.meta({ description: 'the seq up to which messages reached this person' }),
  read: Count.meta({ description: 'the seq up to which this person read' }),
};
/** The receipts of one person in one conversation. */
const Receipt = z.strictObject(receipt).meta({ id: 'Mark' });
export type Receipt = z.infer<typeof Receipt>;

/** How far a message of the caller has got in a group: the seq that reached every other member, and that every one read. */
const GroupReceipt = z
  .strictObject({ conversationId: Id, delivered: Count, read: Count })
  .meta({ id: 'GroupReceipt' });
export type GroupReceipt = z.infer<typeof GroupReceipt>;

export const ReadUpTo = z.strictObject({ conversationId: Id, seq: Seq });
export type ReadUpTo = z.infer<typeof ReadUpTo>;

export const ReadUpToAnswer = z.strictObject({ ...receipt, unread: Count });
export type ReadUpToAnswer = z.infer<typeof ReadUpToAnswer>;

const Typing = z.strictObject({ conversationId: Id, userId: Id, forMs: Count });
export type Typing = z.infer<typeof Typing>;

const Presence = z.strictObject({ userId: Id, online: z.boolean(), lastSeenAt: Time.exactOptional() });
export type Presence = z.infer<typeof Presence>;

/** How the person uses the page: sets the interval of its polls. */
export const Activity = z.enum(['active', 'idle', 'hidden']);
export type Activity = z.infer<typeof Activity>;

/**
 * What changed since a cursor. `reset`: replace your state by this one (messages are read as history). `more`: poll again at
 * once. Apply messages by (conversationId, seq), and store the cursor together with them. `requests` and `blocked` are
 * whole lists, present when they may have changed.
 */
export const Delta = z
  .strictObject({
    cursor: z.string().meta({ description: 'opaque; send it back as Last-Event-ID' }),
    pollAfterMs: Count,
    reset: z.literal(true).exactOptional().meta({ description: 'this is the whole state' }),
    more: z.literal(true).exactOptional().meta({ description: 'poll again at once' }),
    me: Me.exactOptional(),
    friends: z.array(Profile).exactOptional(),
    gone: z
      .strictObject({
        friends: z.array(Id).exactOptional(),
        conversations: z.array(Id).exactOptional().meta({
          description:
            'groups the caller left or was removed from: remove everything of them before you apply the rest; one that is also among `conversations` was joined again',
        }),
      })
      .exactOptional(),
    requests: FriendRequests.exactOptional(),
    blocked: z.array(Profile).exactOptional(),
    conversations: z.array(Conversation).exactOptional(),
    messages: z.array(Message).max(200).exactOptional(),
    marks: z.array(Receipt).exactOptional(),
    groupReceipts: z.array(GroupReceipt).exactOptional(),
    typing: z
      .array(Typing)
      .exactOptional()
      .meta({ description: 'forMs: how long it holds unless it is repeated; 0 when it ended' }),
    presence: z
      .array(Presence)
      .exactOptional()
      .meta({ description: 'lastSeenAt is rounded to the minute, and absent where it is hidden' }),
  })
  .meta({ id: 'Delta' });
export type Delta = z.infer<typeof Delta>;
