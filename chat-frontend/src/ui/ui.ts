import type {
  Device,
  EditMe,
  Friend,
  Id,
  Invite,
  LookAtInviteAnswer,
  MuteFor,
  NewInvite,
  NewInviteAnswer,
  Profile,
  ReportPerson,
} from '../../../chat-core/src/wire/wire.ts';
import type { MessageRef } from '../api/api.ts';
import type { Clock } from '../clock.ts';
import type { I18n } from '../i18n/i18n.ts';
import type { Language } from '../i18n/language.ts';
import type { Alerts } from '../notifications/notifications.ts';
import type { Route } from '../router.ts';
import type { Updates } from '../service-worker/updates.ts';
import type { Draft } from '../state/draft.ts';
import type { State } from '../state/state.ts';

/** Friends now, with their conversation where it has come already; or somebody who was asked. */
export type Added = { contact: Friend; conversationId: Id | undefined } | { requested: Profile };

/** What people do here. Those that return a promise reject with ApiError. */
export type Actions = {
  login(username: string, password: string): Promise<void>;
  register(username: string, password: string, inviteCode?: string): Promise<void>;
  resetPassword(username: string, code: string, newPassword: string): Promise<void>;
  changePassword(current: string, next: string): Promise<void>;
  devices(): Promise<Device[]>;
  /** Logs out another device. */
  endDevice(id: Id): Promise<void>;
  logout(everywhere: boolean): Promise<void>;
  unsent(): number;

  addFriend(username: string): Promise<Added>;
  removeFriend(userId: Id): Promise<void>;
  block(userId: Id): Promise<void>;
  unblock(userId: Id): Promise<void>;
  acceptRequest(userId: Id): Promise<void>;
  declineRequest(userId: Id): Promise<void>;
  withdrawRequest(userId: Id): Promise<void>;
  report(about: ReportPerson): Promise<void>;
  invites(): Promise<Invite[]>;
  makeInvite(wanted: NewInvite): Promise<NewInviteAnswer>;
  revokeInvite(id: Id): Promise<void>;
  /** Who invites by this code. */
  lookInvite(code: string): Promise<LookAtInviteAnswer>;
  acceptInvite(code: string): Promise<void>;
  changeMe(change: EditMe): Promise<void>;
  /** Be told of a conversation no more, on any device, or again. */
  mute(conversationId: Id, length: MuteFor): Promise<void>;
  /** The address of a picture, once it is here. */
  picture(person: Profile | null | undefined): string | undefined;

  open(conversationId: Id): void;
  loadOlder(conversationId: Id): void;
  loadNewer(conversationId: Id): void;
  jump(conversationId: Id, seq: number): Promise<void>;
  toNewest(conversationId: Id): void;
  /** Reads messages that are referred to and not held. */
  readOthers(conversationId: Id, seqs: readonly number[]): void;
  /** Whether this page is in view, and its person did something in it lately. */
  isActive(): boolean;
  markSeen(conversationId: Id, seq: number): void;
  /** The same without having looked. */
  markRead(conversationId: Id, seq: number): void;

  /** False when this browser could not keep the message; its text must then stay where it is. */
  send(conversationId: Id, text: string, replyTo?: number): boolean;
  retry(messageId: Id): void;
  remove(messageId: Id): void;
  keepDraft(conversationId: Id, draft: Draft): void;
  typing(conversationId: Id): void;
  edit(at: MessageRef, text: string): Promise<void>;
  deleteForMe(messageId: Id, at: MessageRef): void;
  undoDelete(messageId: Id): void;
  deleteForEveryone(at: MessageRef): Promise<void>;
  /** Of an edit or deletion that waited and was refused. */
  retryMutation(at: MessageRef): void;
  dropMutation(at: MessageRef): void;

  setLanguage(language: Language): Promise<void>;
  go(route: Route): void;
};

/** Says something in passing, with a way back where there is one. */
export type Notify = (text: string, undo?: () => void) => void;

/** What every part of the page is given. */
export type Ui = {
  i18n: I18n;
  actions: Actions;
  /** For what lasts a while, and for what comes later. */
  clock: Clock;
  /** The time of the box, in epoch milliseconds. */
  now: () => number;
  state: () => State;
  /** Asks for all to be drawn again: now, or once what is pressed is released. */
  redraw(): void;
  notify: Notify;
  /** Says in passing what was thrown. */
  failed(thrown: unknown): void;
  updates: Updates;
  alerts: Alerts;
  limit: () => Limit | undefined;
};

/** What this browser does not keep: chats, which then need the network; login and drafts; or either. */
export type Limit = 'chats' | 'login' | 'everything';

/** A page: its nodes, one complete and idempotent update, and where the focus goes when it opens. */
export type Screen = { node: HTMLElement; update(state: State): void; focus(): void; close?(): void };

export const onTouch = () => matchMedia('(hover: none) and (pointer: coarse)').matches;
