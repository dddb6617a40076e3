import type {
  Device,
  EditMe,
  Friend,
  Id,
  LoginAnswer,
  Message,
  MuteFor,
  Profile,
  ReportPerson,
  SecondFactor,
  SetChatFlags,
  SetExpiry,
} from '../../../chat-core/src/wire/wire.ts';
import type { MessageRef } from '../api/api.ts';
import type { Http } from '../api/http.ts';
import type { Clock } from '../clock.ts';
import type { I18n } from '../i18n/i18n.ts';
import type { Language } from '../i18n/language.ts';
import type { Notifier } from '../notifications/notifications.ts';
import type { SendOptions } from '../outbox/outbox.ts';
import type { NewFile } from '../outbox/uploads.lazy.ts';
import type { Route } from '../router.ts';
import type { Updates } from '../service-worker/updates.ts';
import type { Draft } from '../state/draft.ts';
import type { State } from '../state/state.ts';

/** A new friend, with the conversation if it has arrived already; or a person who was sent a request. */
export type AddFriendResult = { contact: Friend; conversationId: Id | undefined } | { requested: Profile };

/** What a user can do. Promises reject with ApiError. */
export type Actions = {
  login(username: string, password: string, secondFactor?: SecondFactor): Promise<void>;
  /** Begins the session of a login. @throws ApiError SECOND_FACTOR_MISSING, with the login, which has to set one up first */
  begin(answer: LoginAnswer): Promise<void>;
  register(username: string, password: string, inviteCode?: string): Promise<void>;
  changePassword(current: string, next: string, ticket?: string): Promise<void>;
  /** Asks the server for what has changed. */
  poll(): Promise<void>;
  devices(): Promise<Device[]>;
  /** Logs out another device. */
  /** Logs out here; everywhere with a ticket, which the server gives for the password; or by `remove`, which ends the account. */
  logout(ticket?: string, remove?: () => Promise<unknown>): Promise<void>;
  unsent(): number;

  addFriend(username: string): Promise<AddFriendResult>;
  removeFriend(userId: Id): Promise<void>;
  block(userId: Id): Promise<void>;
  unblock(userId: Id): Promise<void>;
  acceptRequest(userId: Id): Promise<void>;
  declineRequest(userId: Id): Promise<void>;
  withdrawRequest(userId: Id): Promise<void>;
  report(input: ReportPerson): Promise<void>;
  acceptInvite(code: string): Promise<void>;
  changeMe(input: EditMe): Promise<void>;
  /** Mutes a conversation on all devices, with `mentions` also messages that mention this person, or unmutes it. */
  mute(conversationId: Id, length: MuteFor, mentions?: boolean): Promise<void>;
  /** Archives, pins or marks a conversation as unread on all devices, or undoes it. */
  setChatFlags(conversationId: Id, flags: SetChatFlags): Promise<void>;
  /** Stars a message for this person, or takes the star away. */
  star(ref: MessageRef, isOn: boolean): Promise<void>;
  /** The conversation of this person with themselves, created when it is first asked for. */
  openNotes(): Promise<Id>;
  /** Sets after how many seconds new messages of a conversation expire; 0: they do not. */
  setExpiry(conversationId: Id, after: SetExpiry['after']): Promise<void>;
  /** The URL of a picture, once it is loaded. */
  picture(person: Profile | null | undefined): string | undefined;

  open(conversationId: Id): void;
  loadOlder(conversationId: Id): void;
  loadNewer(conversationId: Id): void;
  jump(conversationId: Id, seq: number): Promise<void>;
  toNewest(conversationId: Id): void;
  /** Loads messages that are referred to and not in memory. */
  readOthers(conversationId: Id, seqs: readonly number[]): void;
  /** Whether this page is visible and was used recently. */
  isActive(): boolean;
  markSeen(conversationId: Id, seq: number): void;
  /** Marks as read without showing the messages. */
  markRead(conversationId: Id, seq: number): void;

  /** False when the message could not be stored in this browser; its text must then stay in the composer. */
  send(conversationId: Id, text: string, options?: SendOptions): boolean;
  /** Sends a message with files; false when this browser cannot store it. */
  sendFiles(
    conversationId: Id,
    text: string,
    files: readonly NewFile[],
    options?: SendOptions,
  ): Promise<boolean | undefined>;
  /** Pauses the upload of a message's files; `retry` continues it, `remove` cancels it. */
  pauseUpload(messageId: Id): void;
  /** The content of a file that waits to be sent. */
  pendingContent(fileId: Id): Promise<Blob | undefined>;
  /** Whether files that wait to be sent survive a reload of this page. */
  storesFiles(): Promise<boolean | undefined>;
  retry(messageId: Id): void;
  remove(messageId: Id): void;
  saveDraft(conversationId: Id, draft: Draft): void;
  typing(conversationId: Id): void;
  edit(ref: MessageRef, text: string): Promise<void>;
  deleteForMe(messageId: Id, ref: MessageRef): void;
  undoDelete(messageId: Id): void;
  deleteForEveryone(ref: MessageRef): Promise<void>;
  /** Sends an edit or deletion again that was refused after it had waited. */
  retryMutation(ref: MessageRef): void;
  dropMutation(ref: MessageRef): void;
  /** Shows another version of a message: of two with the same `changedRev` the later one. */
  changed(message: Message): void;

  setLanguage(language: Language): Promise<void>;
  go(route: Route): void;
};

/** Shows a toast, with an undo button where `undo` is given. */
export type Notify = (text: string, undo?: () => void) => void;

/** The dependencies of every screen. */
export type Ui = {
  i18n: I18n;
  actions: Actions;
  /** For the calls of the lazy parts. */
  http: Http;
  /** Measures durations and sets timers. */
  clock: Clock;
  /** The time of the server, in epoch milliseconds. */
  now: () => number;
  state: () => State;
  /** Redraws everything, after the release of a pointer that is down. */
  redraw(): void;
  notify: Notify;
  /** Shows a toast for an error that was thrown. */
  failed(thrown: unknown): void;
  /** Undefined until it is loaded, once the page is shown. */
  updates: () => Updates | undefined;
  /** Undefined until it is loaded, once the page is shown. */
  notifier: () => Notifier | undefined;
  limit: () => Limit | undefined;
};

/** What this browser cannot store: chats, which then need the network; login and drafts; or both. */
export type Limit = 'chats' | 'login' | 'everything';

/** A screen: its node, an idempotent update with the whole state, and the focus when it opens. */
export type Screen = { node: HTMLElement; update(state: State): void; focus(): void; close?(): void };

/** Whether touch is the main input, without hover. */
export const onTouch = () => matchMedia('(hover: none) and (pointer: coarse)').matches;
