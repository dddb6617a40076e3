/** The types of every request and answer of the API; their schemas are in the files beside this one. */
export type {
  ChangePassword,
  ChangePasswordAnswer,
  Credentials,
  Device,
  LoginAnswer,
  Logout,
  ServerInfo,
  TokenAnswer,
} from './account.ts';
export type {
  Attachment,
  AttachmentLook,
  FileAddress,
  NewUpload,
  StorageUse,
  Upload,
} from './attachments.ts';
export type {
  ChatFlags,
  ChatFlagsAnswer,
  NotesAnswer,
  SetChatFlags,
  Starred,
  StarsAnswer,
} from './chats.ts';
export type { Done, Failure, Id } from './common.ts';
export type { FilesPage } from './downloads.ts';
export type { ExpiryAnswer, SetExpiry } from './expiry.ts';
export type { Forward, ForwardAnswer, ForwardResult } from './forwarding.ts';
export type {
  EditGroup,
  GroupAction,
  GroupEvent,
  GroupInfo,
  GroupLink,
  GroupMember,
  GroupPermissions,
  GroupPreview,
  GroupRole,
  ImportSource,
  JoinGroupAnswer,
  MessageReceipts,
  NewcomersRead,
  NewGroup,
  NewGroupLink,
  NewGroupLinkAnswer,
} from './groups.ts';
export type { ImportProgress, ImportRow, ImportRows, NewImport, OpenImport } from './imports.ts';
export type { Invite, InviterAnswer, NewInvite, NewInviteAnswer } from './invites.ts';
export type { Message, SendMessage, StarredPage } from './messages.ts';
export type {
  OidcCallback,
  OidcLinkState,
  OidcProof,
  OidcPurpose,
  StartOidcAnswer,
} from './oidc.ts';
export type {
  BoxStatus,
  ChangePerson,
  ChangeSettings,
  OwnerEvent,
  OwnerEvents,
  OwnerPeople,
  OwnerPerson,
  OwnerReports,
  OwnerSettings,
  SettingName,
  StoredSettings,
} from './owner.ts';
export type {
  NewPasskey,
  Passkey,
  PasskeyAssertion,
  PasskeyCreation,
  PasskeyLogin,
  PasskeyRequest,
} from './passkeys.ts';
export type {
  AddFriend,
  AddFriendAnswer,
  Audience,
  EditMe,
  Friend,
  FriendRequests,
  Me,
  Mute,
  MuteAnswer,
  Muted,
  MuteFor,
  Picture,
  PictureAnswer,
  Privacy,
  Profile,
  ReportPerson,
  ReportReason,
} from './people.ts';
export type { NewPoll, Poll, WhoVoted } from './polls.ts';
export type { PushAlert, PushFile, PushKeyAnswer, PushPayload, PushPreview, PushSubscribe } from './push.ts';
export type { Reaction, WhoReacted } from './reactions.ts';
export type { NewScheduled, Scheduled, ScheduledList } from './scheduled.ts';
export type { SearchPage } from './search.ts';
export type {
  AddPasskey,
  ConfirmTotp,
  Reauthenticate,
  ReauthenticateAnswer,
  RecoveryCodesAnswer,
  RemovePasskey,
  RenamePasskey,
  SecondFactor,
  SecondFactorState,
  TotpSecret,
} from './second-factor.ts';
export type {
  Activity,
  Conversation,
  Delta,
  DirectConversation,
  GroupConversation,
  GroupReceipt,
  Member,
  PinAnswer,
  Presence,
  ReadUpTo,
  ReadUpToAnswer,
  Receipt,
  Typing,
} from './sync.ts';
