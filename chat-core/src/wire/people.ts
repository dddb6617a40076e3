import { z } from 'zod';
import { Name } from './account.ts';
import { ChatFlags, Starred } from './chats.ts';
import { Id, Seq, Time } from './common.ts';

const profile = {
  id: Id,
  username: z.string(),
  displayName: z.string().exactOptional(),
  about: z.string().exactOptional(),
  pictureId: Id.exactOptional().meta({ description: 'changes with the picture' }),
  deleted: z.literal(true).exactOptional().meta({ description: 'the account is deleted' }),
};
/** What others see of a person. */
export const Profile = z.strictObject(profile).meta({ id: 'Profile' });
export type Profile = z.infer<typeof Profile>;
export type Friend = Profile;

/** Who may see something of a person: people they share a conversation with, their friends, or no one. */
export const Audience = z.enum(['everyone', 'contacts', 'nobody']);
export type Audience = z.infer<typeof Audience>;

/** What others may see of a person; whoever hides something does not see it of others. */
const Privacy = z.strictObject({ lastSeen: Audience, typing: Audience, readReceipts: z.boolean() });
export type Privacy = z.infer<typeof Privacy>;

/** A muted conversation, for ever or `until` a time. */
export const Muted = z
  .strictObject({
    conversationId: Id,
    until: Time.exactOptional(),
    mentions: z.literal(true).exactOptional().meta({ description: 'also messages that mention the caller' }),
  })
  .meta({ id: 'Muted' });
export type Muted = z.infer<typeof Muted>;

export const Mute = z.strictObject({
  conversationId: Id,
  for: z.enum(['8h', '1w', 'always', 'off']),
  mentions: z
    .boolean()
    .exactOptional()
    .meta({ description: 'mute also messages that mention you; unless said, these still notify' }),
});
export type Mute = z.infer<typeof Mute>;
export type MuteFor = Mute['for'];

export const MuteAnswer = z.strictObject({ muted: z.array(Muted) });
export type MuteAnswer = z.infer<typeof MuteAnswer>;

/** A person's own profile and settings. */
export const Me = z
  .strictObject({
    ...profile,
    privacy: Privacy,
    muted: z.array(Muted).exactOptional(),
    chats: z.array(ChatFlags).exactOptional(),
    stars: z.array(Starred).exactOptional(),
    owner: z.literal(true).exactOptional().meta({ description: 'of this box: the routes /owner are theirs' }),
  })
  .meta({ id: 'Me' });
export type Me = z.infer<typeof Me>;

const PictureType = z.enum(['image/webp', 'image/jpeg', 'image/png']);

/** `type` is what the bytes are, not what a client claims; `data` is base64. */
export const PictureAnswer = z.strictObject({ id: Id, type: PictureType, data: z.string() });
export type PictureAnswer = z.infer<typeof PictureAnswer>;
export const Picture = z.strictObject({ type: PictureType, data: z.string().max(32_000) });
export type Picture = z.infer<typeof Picture>;

// The rules of these texts are checked by their feature, with error codes of their own.
const ProfileText = z.string().max(4000);

/** Only the fields that are present change. */
export const EditMe = z.strictObject({
  displayName: ProfileText.exactOptional().meta({ description: '1 to 64 characters; empty takes it away' }),
  about: ProfileText.exactOptional().meta({ description: 'up to 200 characters; empty takes it away' }),
  picture: Picture.nullable()
    .exactOptional()
    .meta({ description: 'base64 of at most 20 KB; null takes it away' }),
  privacy: z
    .strictObject({
      lastSeen: Audience.exactOptional(),
      typing: Audience.exactOptional(),
      readReceipts: z.boolean().exactOptional(),
    })
    .exactOptional(),
});
export type EditMe = z.infer<typeof EditMe>;

export const AddFriend = z.strictObject({ myId: Id, friendUsername: Name });
export type AddFriend = z.infer<typeof AddFriend>;

/** `contact` after becoming friends, `requested` where the other person has to accept first. */
export const AddFriendAnswer = z.union([
  z.strictObject({ message: z.string(), contact: Profile }),
  z.strictObject({ message: z.string(), requested: Profile }),
]);
export type AddFriendAnswer = z.infer<typeof AddFriendAnswer>;

/** The caller's open requests, oldest first. */
export const FriendRequests = z
  .strictObject({ incoming: z.array(Profile), outgoing: z.array(Profile) })
  .meta({ id: 'FriendRequests' });
export type FriendRequests = z.infer<typeof FriendRequests>;

/** A report of a person, optionally about one message. */
export const ReportPerson = z.strictObject({
  userId: Id,
  reason: z.enum(['spam', 'abuse', 'other']),
  conversationId: Id.exactOptional(),
  seq: Seq.exactOptional(),
});
export type ReportPerson = z.infer<typeof ReportPerson>;
export type ReportReason = ReportPerson['reason'];
