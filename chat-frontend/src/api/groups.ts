import type {
  Done,
  EditGroup,
  GroupConversation,
  GroupInfo,
  GroupLink,
  GroupPreview,
  GroupRole,
  Id,
  JoinGroupAnswer,
  MessageReceipts,
  NewGroup,
  NewGroupLink,
  NewGroupLinkAnswer,
} from '../../../chat-core/src/wire/wire.ts';
import type { MessageRef } from './api.ts';
import type { Http } from './http.ts';

/** The calls of groups, one function each, loaded with their screens. Each may be repeated, and rejects with ApiError only. */
export function createGroupApi({ get, post, patch, remove }: Http) {
  const group = (id: Id) => `/groups/${id}`;
  const member = (id: Id, userId: Id) => `${group(id)}/members/${userId}`;

  return {
    /** A `conversationId` of the client makes it repeatable. */
    create: (body: NewGroup & { conversationId: Id }) => post<GroupConversation>('/groups', body),
    edit: (id: Id, body: EditGroup) => patch<GroupInfo>(group(id), body),
    /** Deletes it for everyone. */
    end: (id: Id) => remove<Done>(group(id)),
    addMembers: (id: Id, userIds: Id[]) => post<GroupInfo>(`${group(id)}/members`, { userIds }),
    setRole: (id: Id, userId: Id, role: GroupRole) => patch<GroupInfo>(member(id, userId), { role }),
    /** By one's own id: leaves the group. */
    removeMember: (id: Id, userId: Id) => remove<Done>(member(id, userId)),
    answerRequest: (id: Id, userId: Id, accept: boolean) =>
      post<GroupInfo>(`${group(id)}/requests`, { userId, accept }),
    links: (id: Id) => get<GroupLink[]>(`${group(id)}/links`),
    /** A `code` of the client makes it repeatable. */
    createLink: (id: Id, body: NewGroupLink & { code: string }) =>
      post<NewGroupLinkAnswer>(`${group(id)}/links`, body),
    revokeLink: (id: Id, linkId: Id) => remove<Done>(`${group(id)}/links/${linkId}`),
    /** What a link leads to. */
    preview: (code: string) => post<GroupPreview>('/groups/look', { code }),
    join: (code: string) => post<JoinGroupAnswer>('/groups/join', { code }),
    /** Who received and read a message. */
    receipts: ({ conversationId, seq }: MessageRef) =>
      get<MessageReceipts>(`/conversations/${conversationId}/messages/${seq}/receipts`),
  };
}
