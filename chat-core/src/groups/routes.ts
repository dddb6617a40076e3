import { z } from 'zod';
import { requireGroup } from '../conversations/membership.ts';
import type { RateLimiter } from '../http/limiter.ts';
import { withRateLimit } from '../http/rate-limits.ts';
import { type Route, route } from '../http/route.ts';
import { countUpTo, Done, Id } from '../wire/common.ts';
import { EXAMPLE } from '../wire/examples.ts';
import {
  AddMembers,
  EditGroup,
  GroupInfo,
  GroupLink,
  GroupPreview,
  JoinGroup,
  JoinGroupAnswer,
  NewGroup,
  NewGroupLink,
  NewGroupLinkAnswer,
  SetRole,
} from '../wire/groups.ts';
import { PictureAnswer } from '../wire/people.ts';
import { GroupConversation } from '../wire/sync.ts';
import { createGroup } from './create-group.ts';
import { editGroup, readGroupPicture } from './edit-group.ts';
import type { GroupDeps } from './group-info.ts';
import {
  answerRequest,
  createLink,
  joinGroup,
  LINK_DAYS,
  LINK_USES,
  listLinks,
  previewGroup,
  revokeLink,
} from './links.ts';
import { addMembers, deleteGroup, removeMember, setRole } from './members.ts';

const GroupPath = z.strictObject({ conversationId: Id });
const MemberPath = z.strictObject({ conversationId: Id, userId: Id });
const LinkPath = z.strictObject({ conversationId: Id, linkId: Id });

const COMMON = ['NOT_MEMBER', 'NOT_ALLOWED', 'STORAGE_UNAVAILABLE', 'DISK_FULL'] as const;
const groupId = { conversationId: EXAMPLE.group.id };

const isDone = ({ error }: { error?: unknown }) => error === undefined;

/** Creating, changing and leaving groups, their members and links. Messages go by the routes of conversations. */
export function groupRoutes(deps: GroupDeps, limits: RateLimiter): Route[] {
  return [
    route({
      method: 'post',
      path: '/groups',
      summary: 'Create a group with some of your friends; repeatable with a conversationId of your own',
      who: 'user',
      rate: 'groups',
      priority: 'low',
      body: NewGroup,
      answer: GroupConversation,
      errors: [
        'INVALID_GROUP_NAME',
        'NOT_FRIEND_TO_ADD',
        'GROUP_FULL',
        'LIST_FULL',
        'CIPHER_UNAVAILABLE',
        'STORAGE_UNAVAILABLE',
        'DISK_FULL',
      ],
      example: { name: 'Keluarga Sari', memberIds: [EXAMPLE.friend.id] },
      handle: ({ caller, body }) =>
        withRateLimit(limits, ['newGroups', caller.userId], isDone, () =>
          createGroup(deps, caller.userId, body),
        ),
    }),
    route({
      method: 'patch',
      path: '/groups/:conversationId',
      summary: 'Change the name, picture, permissions of a group, or what newcomers may read',
      who: 'user',
      rate: 'groups',
      priority: 'low',
      params: GroupPath,
      body: EditGroup,
      answer: GroupInfo,
      errors: [...COMMON, 'INVALID_GROUP_NAME', 'INVALID_PICTURE', 'CIPHER_UNAVAILABLE'],
      example: { name: 'Keluarga Besar', permissions: { post: 'everyone' } },
      exampleParams: groupId,
      // Each edit is a row that all members get.
      handle: ({ caller: { userId }, params: { conversationId }, body }) =>
        withRateLimit(limits, ['groupEdits', `${userId} ${conversationId}`], isDone, () =>
          editGroup(deps, userId, conversationId, body),
        ),
    }),
    route({
      method: 'delete',
      path: '/groups/:conversationId',
      worksWhenFull: true,
      summary: 'Delete a group for everyone; only its owner may; repeatable',
      who: 'user',
      rate: 'groups',
      priority: 'low',
      params: GroupPath,
      answer: Done,
      errors: [...COMMON],
      example: { conversationId: EXAMPLE.group.ended },
      handle: async ({ caller, params }) => {
        await deleteGroup(deps, caller.userId, params.conversationId);
        return { message: 'The group is deleted.' };
      },
    }),
    route({
      method: 'get',
      path: '/groups/:conversationId',
      summary: 'A group with its members',
      who: 'user',
      priority: 'low',
      params: GroupPath,
      answer: GroupInfo,
      errors: ['NOT_MEMBER', 'CIPHER_UNAVAILABLE'],
      example: groupId,
      handle: async ({ caller, params }) =>
        deps.groups.infoFor(
          await requireGroup(deps.store, caller.userId, params.conversationId),
          caller.userId,
        ),
    }),
    route({
      method: 'get',
      path: '/groups/:conversationId/picture',
      summary: 'The picture of a group',
      who: 'user',
      priority: 'lowest',
      params: GroupPath,
      answer: PictureAnswer,
      errors: ['NOT_MEMBER', 'NO_SUCH_PICTURE', 'CIPHER_UNAVAILABLE'],
      example: groupId,
      handle: ({ caller, params }) => readGroupPicture(deps, caller.userId, params.conversationId),
    }),
    route({
      method: 'post',
      path: '/groups/:conversationId/members',
      summary: 'Add friends to a group; those who are members already stay as they are',
      who: 'user',
      rate: 'groups',
      priority: 'low',
      params: GroupPath,
      body: AddMembers,
      answer: GroupInfo,
      errors: [...COMMON, 'NOT_FRIEND_TO_ADD', 'GROUP_FULL', 'LIST_FULL', 'CIPHER_UNAVAILABLE'],
      example: { userIds: [EXAMPLE.friend.id] },
      exampleParams: groupId,
      handle: ({ caller, params, body }) =>
        addMembers(deps, caller.userId, params.conversationId, body.userIds),
    }),
    route({
      method: 'patch',
      path: '/groups/:conversationId/members/:userId',
      worksWhenFull: true,
      summary: 'Give a member another role, at most your own',
      who: 'user',
      rate: 'groups',
      priority: 'low',
      params: MemberPath,
      body: SetRole,
      answer: GroupInfo,
      errors: [...COMMON, 'NO_SUCH_MEMBER', 'OWNER_LEAVES', 'CIPHER_UNAVAILABLE'],
      example: { role: 'admin' },
      exampleParams: { ...groupId, userId: EXAMPLE.friend.id },
      handle: ({ caller, params, body }) => setRole(deps, caller.userId, params, body.role),
    }),
    route({
      method: 'delete',
      path: '/groups/:conversationId/members/:userId',
      worksWhenFull: true,
      summary: 'Remove a member, or leave the group by your own id; repeatable',
      who: 'user',
      priority: 'low',
      params: MemberPath,
      answer: Done,
      errors: [...COMMON, 'OWNER_LEAVES'],
      example: { ...groupId, userId: EXAMPLE.friend.id },
      handle: async ({ caller, params }) => {
        // Others may add a person to many groups: leaving them is free.
        if (params.userId !== caller.userId) limits.consume('groups', caller.userId);
        await removeMember(deps, caller.userId, params);
        return { message: 'The person is no member of the group.' };
      },
    }),
    route({
      method: 'post',
      path: '/groups/:conversationId/links',
      summary:
        'Create a link that lets people into a group; its code is returned only here, for <page>/#/group/<code>; repeatable with a code of your own',
      who: 'user',
      rate: 'groups',
      priority: 'low',
      params: GroupPath,
      body: NewGroupLink.extend({ uses: countUpTo(LINK_USES), days: countUpTo(LINK_DAYS) }),
      answer: NewGroupLinkAnswer,
      errors: [...COMMON, 'TOO_MANY_INVITES'],
      example: { uses: 10, days: 7, approval: true },
      exampleParams: groupId,
      handle: ({ caller, params, body }) => createLink(deps, caller.userId, params.conversationId, body),
    }),
    route({
      method: 'get',
      path: '/groups/:conversationId/links',
      summary: 'The open links of a group, for its admins',
      who: 'user',
      priority: 'low',
      params: GroupPath,
      answer: z.array(GroupLink),
      errors: ['NOT_MEMBER', 'NOT_ALLOWED'],
      example: groupId,
      handle: ({ caller, params }) => listLinks(deps, caller.userId, params.conversationId),
    }),
    route({
      method: 'delete',
      path: '/groups/:conversationId/links/:linkId',
      worksWhenFull: true,
      summary: 'Revoke a link of a group; repeatable',
      who: 'user',
      rate: 'groups',
      priority: 'low',
      params: LinkPath,
      answer: Done,
      errors: [...COMMON],
      example: { ...groupId, linkId: EXAMPLE.group.linkId },
      handle: async ({ caller, params }) => {
        await revokeLink(deps, caller.userId, params);
        return { message: 'The link is revoked.' };
      },
    }),
    route({
      method: 'post',
      path: '/groups/:conversationId/requests',
      summary: 'Let in a person who asked to join, or refuse; repeatable',
      who: 'user',
      rate: 'groups',
      priority: 'low',
      params: GroupPath,
      body: z.strictObject({ userId: Id, accept: z.boolean() }),
      answer: GroupInfo,
      errors: [...COMMON, 'GROUP_FULL', 'LIST_FULL', 'CIPHER_UNAVAILABLE'],
      example: { userId: EXAMPLE.others.asking.id, accept: true },
      exampleParams: groupId,
      handle: ({ caller, params, body }) => answerRequest(deps, caller.userId, params.conversationId, body),
    }),
    route({
      method: 'post',
      path: '/groups/look',
      worksWhenFull: true,
      summary: 'What the link of a group leads to',
      who: 'user',
      priority: 'low',
      body: JoinGroup,
      answer: GroupPreview,
      errors: ['INVITE_INVALID', 'CIPHER_UNAVAILABLE'],
      example: { code: EXAMPLE.group.code },
      // An unknown code counts; a good one does not.
      handle: (context) =>
        withRateLimit(
          limits,
          ['invites', context.clientIp()],
          ({ error }) => error !== undefined,
          () => previewGroup(deps, context.caller.userId, context.body.code),
        ),
    }),
    route({
      method: 'post',
      path: '/groups/join',
      summary: 'Join a group by its link; repeatable',
      who: 'user',
      rate: 'invites',
      priority: 'low',
      body: JoinGroup,
      answer: JoinGroupAnswer,
      errors: ['INVITE_INVALID', 'GROUP_FULL', 'LIST_FULL', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: { code: EXAMPLE.group.code },
      handle: ({ caller, body }) => joinGroup(deps, caller.userId, body.code),
    }),
  ];
}
