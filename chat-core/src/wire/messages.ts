import { z } from 'zod';
import { Attachment, MAX_ATTACHMENTS } from './attachments.ts';
import { Id, Seq, Time } from './common.ts';
import { GroupEvent, ImportSource } from './groups.ts';
import { Profile } from './people.ts';
import { NewPoll, Poll } from './polls.ts';
import { Reaction } from './reactions.ts';

// The rules of a message's text are checked by its feature (readText), with an error code of its own.
export const Text = z.string().max(16_000).meta({ example: 'Halo, apa kabar?' });

/** Members of the group that a message names with @; they are notified even where the group is muted. */
const Mentions = z.array(Id).max(64);

/**
 * One of `receiverId` and `conversationId` is enough; both must name the same conversation. `replyTo` is the seq of a
 * message of this conversation.
 */
export const SendMessage = z.strictObject({
  senderId: Id,
  receiverId: Id.exactOptional(),
  conversationId: Id.exactOptional(),
  message: Text.exactOptional().meta({ description: 'required, except with a poll, which has none' }),
  clientMessageId: Id.exactOptional(),
  replyTo: Seq.exactOptional(),
  mentions: Mentions.exactOptional(),
  attachments: z
    .array(Id)
    .min(1)
    .max(MAX_ATTACHMENTS)
    .exactOptional()
    .meta({ description: 'complete uploads of the sender to this conversation; the text may then be empty' }),
  poll: NewPoll.exactOptional().meta({ description: 'to a group; without text, files and mentions' }),
});
export type SendMessage = z.infer<typeof SendMessage>;

/** `timestamp` is for people; the order within a conversation is `seq`, and `rev` orders conversations by their newest. */
export const Message = z
  .strictObject({
    id: Id,
    conversationId: Id,
    seq: Seq,
    senderId: Id,
    receiverId: Id.exactOptional(),
    content: z.string(),
    timestamp: Time,
    rev: z
      .number()
      .int()
      .min(0)
      .meta({ description: 'orders the messages of all conversations as they were sent' }),
    changedRev: z.number().int().min(0).exactOptional().meta({
      description: 'of its last change: of two versions the one with the higher number is the newer',
    }),
    locked: z.literal(true).exactOptional().meta({ description: 'the row did not open; content is empty' }),
    editedAt: Time.exactOptional(),
    deleted: z.literal(true).exactOptional().meta({ description: 'for everyone; content is empty' }),
    hidden: z.literal(true).exactOptional().meta({ description: 'deleted for you alone; content is empty' }),
    expiresAt: Time.exactOptional().meta({ description: 'when it expires; remove your copy then' }),
    expired: z.literal(true).exactOptional().meta({ description: 'it has expired: show nothing of it' }),
    replyTo: Seq.exactOptional().meta({ description: 'the seq of the message it answers' }),
    mentions: z.array(Id).exactOptional(),
    forwarded: z.literal(true).exactOptional(),
    attachments: z.array(Attachment).exactOptional(),
    reactions: z.array(Reaction).exactOptional(),
    poll: Poll.exactOptional().meta({ description: 'then content is empty' }),
    event: GroupEvent.exactOptional().meta({
      description: 'a system row: content is empty, and it is never unread',
    }),
    imported: z
      .strictObject({
        source: ImportSource,
        name: z
          .string()
          .exactOptional()
          .meta({ description: 'the author; absent for a line of the app itself' }),
        userId: Id.exactOptional().meta({ description: 'whom the importer takes the author for' }),
      })
      .exactOptional()
      .meta({ description: 'it comes from another app, and no account sent it: senderId imported it' }),
    former: z.array(Profile).exactOptional().meta({
      description: 'the author and those of a system row who are members of the group no more',
    }),
  })
  .meta({ id: 'Message' });
export type Message = z.infer<typeof Message>;

/** A page of starred messages, the one starred last first. */
export const StarredPage = z.strictObject({
  messages: z.array(Message),
  before: z
    .number()
    .int()
    .min(1)
    .exactOptional()
    .meta({ description: 'the next page begins here; absent on the last page' }),
});
export type StarredPage = z.infer<typeof StarredPage>;

/** A whole number in a query or path. */
export const wholeNumber = (max: number, min: 0 | 1 = 1) =>
  z
    .string()
    .regex(min === 1 ? /^[1-9]\d{0,14}$/ : /^(0|[1-9]\d{0,14})$/, `must be a whole number from ${min}`)
    .transform(Number)
    .refine((value) => value <= max, `must be at most ${max}`);

/** The path of a message. */
export const MessagePath = z.strictObject({ conversationId: Id, seq: wholeNumber(Number.MAX_SAFE_INTEGER) });
