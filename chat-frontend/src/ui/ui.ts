import type { Device, Id } from '../../../chat-core/src/wire.ts';
import type { I18n, Language } from '../i18n/i18n.ts';
import type { Alerts } from '../pwa/alerts.ts';
import type { Updates } from '../pwa/updates.ts';
import type { Route } from '../router.ts';
import type { State } from '../state.ts';

/** What people do here. Those that return a promise reject with ApiFailure. */
export type Actions = {
  login(username: string, password: string): Promise<void>;
  register(username: string, password: string): Promise<void>;
  /** Adds the friend and waits until the conversation is there; its id, when it is. */
  addFriend(username: string): Promise<Id | undefined>;
  changePassword(current: string, next: string): Promise<void>;
  devices(): Promise<Device[]>;
  logout(everywhere: boolean): Promise<void>;
  unsent(): number;
  open(conversationId: Id): void;
  loadOlder(conversationId: Id): void;
  /** False when this browser could not keep the message; its text must then stay where it is. */
  send(conversationId: Id, text: string): boolean;
  retry(messageId: Id): void;
  remove(messageId: Id): void;
  keepDraft(conversationId: Id, text: string): void;
  markSeen(conversationId: Id, seq: number): void;
  speak(language: Language): void;
  go(route: Route): void;
};

/** What every part of the page is given. */
export type Ui = {
  i18n: I18n;
  actions: Actions;
  now: () => number;
  state: () => State;
  updates: Updates;
  alerts: Alerts;
};

/** A page: its nodes, one complete and idempotent update, and where the focus goes when it opens. */
export type Screen = { node: HTMLElement; update(state: State): void; focus(): void; close?(): void };

export const onTouch = () => matchMedia('(hover: none) and (pointer: coarse)').matches;
