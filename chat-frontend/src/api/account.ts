import type {
  AddFriend,
  AddFriendAnswer,
  ChangePassword,
  ChangePasswordAnswer,
  ChatFlagsAnswer,
  Credentials,
  Device,
  Done,
  EditMe,
  ExpiryAnswer,
  Id,
  LoginAnswer,
  Logout,
  Me,
  Mute,
  MuteAnswer,
  NotesAnswer,
  Profile,
  ReportPerson,
  SetChatFlags,
  SetExpiry,
  StarsAnswer,
} from '../../../chat-core/src/wire/wire.ts';
import type { MessageRef } from './api.ts';
import { type Http, readAnswer } from './http.ts';

export type AccountApi = ReturnType<typeof createAccountApi>;

/** The calls about the account, its friends and its settings, loaded when they are first used. Each rejects with ApiError only. */
export function createAccountApi({ get, post, patch, remove, request }: Http) {
  const put = async <Answer>(path: string, body: object) =>
    readAnswer<Answer>(await request('PUT', path, { body }));
  const starOf = ({ conversationId, seq }: MessageRef) =>
    `/conversations/${conversationId}/messages/${seq}/star`;
  const aboutFriend = (verb: string) => (userId: Id) => post<Done>(`/friends/${verb}`, { userId });

  return {
    register: (body: Credentials) => post<Profile>('/auth/register', body),
    login: (body: Credentials) => post<LoginAnswer>('/auth/login', body),
    logout: (body: Logout) => post<Done>('/auth/logout', body),
    devices: () => get<Device[]>('/auth/devices'),
    changePassword: (body: ChangePassword) => post<ChangePasswordAnswer>('/auth/change-password', body),

    addFriend: (body: AddFriend) => post<AddFriendAnswer>('/friends/add', body),
    removeFriend: aboutFriend('remove'),
    block: aboutFriend('block'),
    unblock: aboutFriend('unblock'),
    acceptRequest: aboutFriend('accept'),
    declineRequest: aboutFriend('decline'),
    withdrawRequest: aboutFriend('withdraw'),
    report: (body: ReportPerson) => post<Done>('/friends/report', body),

    acceptInvite: (code: string) => post<Done>('/invites/accept', { code }),

    changeMe: (body: EditMe) => patch<Me>('/me', body),
    setExpiry: (conversationId: Id, body: SetExpiry) =>
      put<ExpiryAnswer>(`/conversations/${conversationId}/expiry`, body),
    mute: (body: Mute) => post<MuteAnswer>('/chat/mute', body),
    setChatFlags: (id: Id, body: SetChatFlags) => put<ChatFlagsAnswer>(`/conversations/${id}/flags`, body),
    star: (ref: MessageRef) => put<StarsAnswer>(starOf(ref), {}),
    unstar: (ref: MessageRef) => remove<StarsAnswer>(starOf(ref)),
    openNotes: () => post<NotesAnswer>('/notes', {}),
  };
}
