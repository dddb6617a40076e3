import { z } from 'zod';
import type * as wire from './wire.ts';

/** The shapes of wire.ts as they are checked and documented. A named one appears once in the API document. */

/** The people of the API document's examples; a test sends every one of them. */
export const EXAMPLE = {
  me: { id: '550e8400-e29b-41d4-a716-446655440000', username: 'sari', password: 'kopi-tubruk-pagi' },
  friend: { id: '9369a106-377e-47a6-8872-c994764a1d00', username: 'budi' },
  conversationId: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
  deviceId: '8a6e0804-2bd0-4672-b79d-d97027f9071a',
  attemptId: 'a3bb189e-8bf9-4888-9912-ace4e6543002',
  resetCode: '7K3M-Q9XD-2V5T-HB8N',
  invite: { id: '70d1f2c4-8b1e-4a53-9a36-4c1f0a2b7d11', code: '4m7q2xk9vd3t8hb5nc6w1jz0ry' },
  push: {
    endpoint: 'https://push.example.org/v2/gAAAAABh',
    keys: {
      p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
      auth: 'BTBZMqHH6r4Tts7J_aSIgg',
    },
    preview: 'name',
  },
  others: {
    met: { id: '1b4e28ba-2fa1-41d2-883f-0016d3cca427', username: 'citra' },
    asking: { id: '2c5ea4c0-4067-41e9-8bad-9b1deb4d3b7d', username: 'eko' },
    refused: { id: '3d813cbb-47fb-42ba-91df-831e1593ac29', username: 'fajar' },
    asked: { id: '4e732ced-3463-4de0-ac9a-5b6a9e4bd8c1', username: 'gita' },
    former: { id: '5f0fb0a9-97d8-4cbb-b6b5-1a6b7e4c9e02', username: 'hadi' },
    blocked: { id: '6fa459ea-ee8a-4ca4-894e-db77e160355e', username: 'indah' },
  },
  /** Where a message of one's own stands. */
  ownSeq: '2',
  /** One transparent dot. */
  png: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
};

export const Id = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, 'must be a UUID in lower case')
  .meta({ format: 'uuid', example: EXAMPLE.me.id });

export const AttemptId = Id.meta({
  example: EXAMPLE.attemptId,
  description:
    'a UUID you make for one attempt: repeated with it after a lost answer, it gets the same outcome',
});

/** Bounds what reaches the verbs; the rules of names, passwords and texts live there, with codes of their own. */
export const Name = z.string().min(1).max(256).meta({ example: EXAMPLE.me.username });
export const Password = z.string().max(1024).meta({ format: 'password', example: EXAMPLE.me.password });
export const Text = z.string().max(16_000).meta({ example: 'Halo, apa kabar?' });

const code = (example: string) => z.string().min(1).max(64).meta({ format: 'code', example });
/** However it was typed: case, dashes and spaces do not matter. */
export const ResetCode = code(EXAMPLE.resetCode);

export const InviteCode = code(EXAMPLE.invite.code);
/** One that a client makes: 26 characters of Crockford's base 32, in lower case. */
export const NewInviteCode = z
  .string()
  .regex(/^[0-9a-hjkmnp-tv-z]{26}$/, 'must be 26 random characters of 0-9 and a-z without i, l, o and u')
  .meta({ format: 'code', example: EXAMPLE.invite.code });

const Time = z.number().int().min(0).meta({ description: 'epoch milliseconds' });
const Seq = z.number().int().min(1);

const profile = {
  id: Id,
  username: z.string(),
  displayName: z.string().exactOptional(),
  about: z.string().exactOptional(),
  pictureId: Id.exactOptional().meta({ description: 'changes with the picture' }),
};
export const Profile: z.ZodType<wire.Profile> = z.strictObject(profile).meta({ id: 'Profile' });

export const Audience = z.enum(['everyone', 'contacts', 'nobody']);
export const PictureType = z.enum(['image/webp', 'image/jpeg', 'image/png']);

export const Muted: z.ZodType<wire.Muted> = z
  .strictObject({ conversationId: Id, until: Time.exactOptional() })
  .meta({ id: 'Muted' });

/** A person as they see themselves. */
export const Me: z.ZodType<wire.Me> = z
  .strictObject({
    ...profile,
    privacy: z.strictObject({ lastSeen: Audience, typing: Audience, readReceipts: z.boolean() }),
    muted: z.array(Muted).exactOptional(),
  })
  .meta({ id: 'Me' });

export const FriendRequests: z.ZodType<wire.FriendRequests> = z
  .strictObject({ incoming: z.array(Profile), outgoing: z.array(Profile) })
  .meta({ id: 'FriendRequests' });

export const Message: z.ZodType<wire.Message> = z
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
    locked: z.literal(true).exactOptional().meta({ description: 'the row did not open; content is empty' }),
    editedAt: Time.exactOptional(),
    deleted: z.literal(true).exactOptional().meta({ description: 'for everyone; content is empty' }),
    hidden: z.literal(true).exactOptional().meta({ description: 'deleted for you alone; content is empty' }),
    replyTo: Seq.exactOptional().meta({ description: 'the seq of the message it answers' }),
  })
  .meta({ id: 'Message' });

const Conversation: z.ZodType<wire.Conversation> = z
  .strictObject({
    id: Id,
    kind: z.literal('direct'),
    members: z.array(Profile),
    lastSeq: z.number().int().min(0),
    unread: z.number().int().min(0),
    last: Message.exactOptional(),
  })
  .meta({ id: 'Conversation' });

const mark = {
  conversationId: Id,
  userId: Id,
  delivered: z
    .number()
    .int()
    .min(0)
    .meta({ description: 'the seq up to which messages reached this person' }),
  read: z.number().int().min(0).meta({ description: 'the seq up to which this person read' }),
};
const Mark: z.ZodType<wire.Mark> = z.strictObject(mark).meta({ id: 'Mark' });

export const ReadUpToAnswer: z.ZodType<wire.ReadUpToAnswer> = z.strictObject({
  ...mark,
  unread: z.number().int().min(0),
});

export const Delta: z.ZodType<wire.Delta> = z
  .strictObject({
    cursor: z.string().meta({ description: 'opaque; send it back as Last-Event-ID' }),
    pollAfterMs: z.number().int().min(0),
    reset: z.literal(true).exactOptional().meta({ description: 'this is the whole state' }),
    more: z.literal(true).exactOptional().meta({ description: 'poll again at once' }),
    me: Me.exactOptional(),
    friends: z.array(Profile).exactOptional(),
    gone: z.strictObject({ friends: z.array(Id).exactOptional() }).exactOptional(),
    requests: FriendRequests.exactOptional(),
    blocked: z.array(Profile).exactOptional(),
    conversations: z.array(Conversation).exactOptional(),
    messages: z.array(Message).max(200).exactOptional(),
    marks: z.array(Mark).exactOptional(),
    typing: z
      .array(z.strictObject({ conversationId: Id, userId: Id, forMs: z.number().int().min(0) }))
      .exactOptional()
      .meta({ description: 'forMs: how long it holds unless it is told again; 0 for no more' }),
    presence: z
      .array(z.strictObject({ userId: Id, online: z.boolean(), lastSeenAt: Time.exactOptional() }))
      .exactOptional()
      .meta({ description: 'lastSeenAt is rounded to the minute, and absent where it is hidden' }),
  })
  .meta({ id: 'Delta' });

export const Device: z.ZodType<wire.Device> = z
  .strictObject({ id: Id, name: z.string(), createdAt: Time, lastSeenAt: Time, current: z.boolean() })
  .meta({ id: 'Device' });

export const Invite = z
  .strictObject({
    id: Id,
    uses: z.number().int().min(1).meta({ description: 'how often it may be used' }),
    used: z.number().int().min(0),
    createdAt: Time,
    expiresAt: Time,
  })
  .meta({ id: 'Invite' }) satisfies z.ZodType<wire.Invite>;

export const Box: z.ZodType<wire.Box> = z.strictObject({
  registration: z.enum(['open', 'invite', 'closed']),
  friendship: z.enum(['instant', 'request']),
  editMs: z.number().int().min(0).meta({ description: 'milliseconds in which a message can be edited' }),
});

export const Failure: z.ZodType<wire.Failure> = z
  .strictObject({ error: z.string(), code: z.string(), requestId: z.string().exactOptional() })
  .meta({ id: 'Failure' });

export const Done = z.strictObject({ message: z.string() });
