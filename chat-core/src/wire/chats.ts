import { z } from 'zod';
import { Count, Id, Seq } from './common.ts';

/** What a person has set for a conversation in their list of chats, on all their devices. */
export const ChatFlags = z
  .strictObject({
    conversationId: Id,
    archived: Count.exactOptional().meta({
      description:
        'the newest seq when it was archived: unless it is muted, a newer message brings the chat back into the list',
    }),
    pinned: z.literal(true).exactOptional(),
    unread: z.literal(true).exactOptional().meta({ description: 'marked as unread by hand' }),
  })
  .meta({ id: 'ChatFlags' });
export type ChatFlags = z.infer<typeof ChatFlags>;

/** Only the fields that are present change. Archiving takes the pin away, and pinning fetches a chat out of the archive. */
export const SetChatFlags = z.strictObject({
  archived: z.boolean().exactOptional(),
  pinned: z.boolean().exactOptional(),
  unread: z.boolean().exactOptional(),
});
export type SetChatFlags = z.infer<typeof SetChatFlags>;

export const ChatFlagsAnswer = z.strictObject({
  chats: z.array(ChatFlags).meta({ description: 'all of them; the pinned ones in the order of the list' }),
});
export type ChatFlagsAnswer = z.infer<typeof ChatFlagsAnswer>;

/** Messages of a conversation that a person has starred, one after the other. */
export const Starred = z.strictObject({ conversationId: Id, seqs: z.array(Seq) }).meta({ id: 'Starred' });
export type Starred = z.infer<typeof Starred>;

export const StarsAnswer = z.strictObject({
  stars: z.array(Starred).meta({
    description:
      'all of them in the order in which they were starred; a conversation may come more than once',
  }),
});
export type StarsAnswer = z.infer<typeof StarsAnswer>;

export const NotesAnswer = z.strictObject({ conversationId: Id });
export type NotesAnswer = z.infer<typeof NotesAnswer>;
