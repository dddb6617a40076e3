import { z } from 'zod';
import { Count, codeLike, Id, Seq, Time } from './common.ts';
import { EXAMPLE } from './examples.ts';
import { Picture, Profile } from './people.ts';

export const GroupRole = z.enum(['owner', 'admin', 'member']);
export type GroupRole = z.infer<typeof GroupRole>;

const Permission = z.enum(['everyone', 'admins']);

/** Who may do what in a group; owners are admins. */
export const GroupPermissions = z
  .strictObject({
    post: Permission.meta({ description: 'write messages' }),
    addMembers: Permission.meta({ description: 'add friends; links are made by admins' }),
    editInfo: Permission.meta({ description: 'change name, picture, and after how long messages expire' }),
    pin: Permission.meta({ description: 'pin messages' }),
    removeMessages: Permission.meta({ description: 'delete messages of others for everyone' }),
  })
  .meta({ id: 'GroupPermissions' });
export type GroupPermissions = z.infer<typeof GroupPermissions>;
export type GroupAction = keyof GroupPermissions;

/** Who may do what in a new group. */
export const DEFAULT_PERMISSIONS: GroupPermissions = {
  post: 'everyone',
  addMembers: 'admins',
  editInfo: 'admins',
  pin: 'everyone',
  removeMessages: 'admins',
};

/** The app that a chat was imported from. */
export const ImportSource = z.enum(['whatsapp', 'telegram']);
export type ImportSource = z.infer<typeof ImportSource>;

export const NewcomersRead = z.enum(['none', 'all']).meta({
  description: 'what people who join may read of the messages before',
});
export type NewcomersRead = z.infer<typeof NewcomersRead>;

export const GroupMember = Profile.extend({ role: GroupRole }).meta({ id: 'GroupMember' });
export type GroupMember = z.infer<typeof GroupMember>;

/** A group as one of its members sees it; present in a delta when any of it may have changed. */
export const GroupInfo = z
  .strictObject({
    name: z.string(),
    pictureId: Id.exactOptional().meta({ description: 'changes with the picture' }),
    members: z.array(GroupMember).meta({ description: 'in the order in which they joined' }),
    permissions: GroupPermissions,
    newcomersRead: NewcomersRead,
    fromSeq: Seq.meta({ description: 'the oldest message that the caller may read' }),
    joinedSeq: Count.meta({
      description: 'the newest message when the caller joined; only later ones are unread',
    }),
    archive: z
      .strictObject({ source: ImportSource })
      .exactOptional()
      .meta({ description: 'a chat that was imported from another app: it can only be read' }),
    requests: z
      .array(Profile)
      .exactOptional()
      .meta({ description: 'people who ask to join; admins see them' }),
  })
  .meta({ id: 'GroupInfo' });
export type GroupInfo = z.infer<typeof GroupInfo>;

/** What a system row says; its senderId is who did it. In a direct conversation there is only `expiry`. */
export const GroupEvent = z
  .strictObject({
    type: z.enum([
      'created',
      'added',
      'joined',
      'removed',
      'left',
      'renamed',
      'picture',
      'role',
      'permissions',
      'newcomersRead',
      'expiry',
      'pinned',
    ]),
    userIds: z.array(Id).exactOptional(),
    role: GroupRole.exactOptional(),
    after: Count.exactOptional().meta({ description: 'of `expiry`: seconds, 0 for never' }),
    seq: Seq.exactOptional().meta({ description: 'of `pinned`: the message' }),
  })
  .meta({ id: 'GroupEvent' });
export type GroupEvent = z.infer<typeof GroupEvent>;

// The rules of a name are checked by its feature, with an error code of its own.
const GroupName = z
  .string()
  .max(16_000)
  .meta({ description: '1 to 64 characters', example: 'Keluarga Sari' });
const UserIds = z.array(Id).max(256);

/** A `conversationId` made by the client makes the request repeatable. */
export const NewGroup = z.strictObject({
  conversationId: Id.exactOptional(),
  name: GroupName,
  memberIds: UserIds.meta({ description: 'friends of the caller' }),
  newcomersRead: NewcomersRead.exactOptional(),
  permissions: GroupPermissions.partial().exactOptional(),
});
export type NewGroup = z.infer<typeof NewGroup>;

/** Only the fields that are present change. */
export const EditGroup = z.strictObject({
  name: GroupName.exactOptional(),
  picture: Picture.nullable()
    .exactOptional()
    .meta({ description: 'base64 of at most 20 KB; null takes it away' }),
  newcomersRead: NewcomersRead.exactOptional(),
  permissions: GroupPermissions.partial().exactOptional(),
});
export type EditGroup = z.infer<typeof EditGroup>;

export const AddMembers = z.strictObject({ userIds: UserIds.min(1) });
export const SetRole = z.strictObject({ role: GroupRole });

const GroupCode = codeLike(EXAMPLE.invite.code);

/** The page's link of a group is <page>/#/group/<code>. */
export const GroupLink = z
  .strictObject({
    id: Id,
    by: Id.exactOptional().meta({ description: 'who made it; it ends when they are no admin any more' }),
    uses: z.number().int().min(1),
    used: Count.meta({ description: 'people it let in' }),
    createdAt: Time,
    expiresAt: Time,
    approval: z.boolean().meta({ description: 'an admin lets in whoever uses it' }),
  })
  .meta({ id: 'GroupLink' });
export type GroupLink = z.infer<typeof GroupLink>;

/** A `code` made by the client makes the request repeatable: 26 random characters of 0-9 and a-z without i, l, o, u. */
export const NewGroupLink = z.strictObject({
  uses: z.number().int().min(1).exactOptional(),
  days: z.number().int().min(1).exactOptional(),
  approval: z.boolean().exactOptional(),
  code: z
    .string()
    .regex(/^[0-9a-hjkmnp-tv-z]{26}$/, 'must be 26 random characters of 0-9 and a-z without i, l, o and u')
    .meta({ format: 'code', example: EXAMPLE.invite.code })
    .exactOptional(),
});
export type NewGroupLink = z.infer<typeof NewGroupLink>;

/** The code is in this answer only. */
export const NewGroupLinkAnswer = GroupLink.extend({ code: z.string() });
export type NewGroupLinkAnswer = z.infer<typeof NewGroupLinkAnswer>;

export const JoinGroup = z.strictObject({ code: GroupCode });

/** What a link shows before one joins. */
export const GroupPreview = z.strictObject({
  name: z.string(),
  memberCount: Count,
  newcomersRead: NewcomersRead,
  approval: z.boolean(),
});
export type GroupPreview = z.infer<typeof GroupPreview>;

/** `requested`: an admin has to approve it first. */
export const JoinGroupAnswer = z.strictObject({
  status: z.enum(['joined', 'requested']),
  conversationId: Id,
});
export type JoinGroupAnswer = z.infer<typeof JoinGroupAnswer>;

/** By whom one message was received and read, as far as they let others know. */
export const MessageReceipts = z.strictObject({
  receipts: z.array(z.strictObject({ userId: Id, delivered: z.boolean(), read: z.boolean() })),
});
export type MessageReceipts = z.infer<typeof MessageReceipts>;
