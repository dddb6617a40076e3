import type { Id } from '../../chat-core/src/wire/wire.ts';
import type { AccountActions } from './account-actions.ts';
import type { Api } from './api/api.ts';
import type { KeyValueStore } from './key-value-store.ts';
import type { SessionStore } from './session/session.ts';
import type { ActiveSession } from './session/start-session.ts';
import { isFriend } from './state/selectors.ts';
import type { Store } from './state/store.ts';
import { createLazy } from './ui/lazy-module.ts';
import type { Actions } from './ui/ui.ts';

type Deps = {
  api: Api;
  store: Store;
  session: SessionStore;
  /** The session of the signed-in account. */
  active: () => ActiveSession | undefined;
  keyValueStore: KeyValueStore;
  /** What this browser is called in the list of devices. */
  deviceName: () => Promise<string>;
};

/** The actions that the active session carries out by itself. */
const SESSION_ACTIONS = [
  'open',
  'loadOlder',
  'loadNewer',
  'jump',
  'toNewest',
  'readOthers',
  'markSeen',
  'markRead',
  'sendFiles',
  'pauseUpload',
  'pendingContent',
  'storesFiles',
  'retry',
  'remove',
  'saveDraft',
  'typing',
  'edit',
  'deleteForMe',
  'undoDelete',
  'deleteForEveryone',
  'retryMutation',
  'dropMutation',
] as const;

/** The actions of `account-actions.ts`, which is loaded when one of them is first used. */
const ACCOUNT_ACTIONS = [
  'login',
  'begin',
  'register',
  'changePassword',
  'devices',
  'logout',
  'addFriend',
  'removeFriend',
  'block',
  'unblock',
  'acceptRequest',
  'declineRequest',
  'withdrawRequest',
  'report',
  'acceptInvite',
  'changeMe',
  'mute',
  'setChatFlags',
  'star',
  'openNotes',
  'setExpiry',
] as const satisfies readonly (keyof AccountActions)[];

/** Loaded once the page is shown, so that a person can log out without a network. */
export const lazyAccountActions = createLazy(() => import('./account-actions.ts'));

/** The actions of a person, except those of the page itself: its language and its URL. */
export function createActions(deps: Deps): Omit<Actions, 'setLanguage' | 'go'> {
  const { api, store, session, active } = deps;
  const myId = () => session.current()?.id ?? '';
  let account: AccountActions | undefined;

  async function accountActions(): Promise<AccountActions> {
    const { createAccountActions, createAccountApi } = await lazyAccountActions.load();
    account ??= createAccountActions({ ...deps, api: createAccountApi(api.http) });
    return account;
  }

  const lazyActions = Object.fromEntries(
    ACCOUNT_ACTIONS.map((name) => [
      name,
      async (...args: [Id]) => ((await accountActions())[name] as AccountActions['block'])(...args),
    ]),
  ) as unknown as AccountActions;

  /** Without a session they do nothing. */
  const sessionActions = Object.fromEntries(
    SESSION_ACTIONS.map((name) => [name, async (...args: [Id]) => active()?.[name as 'open'](...args)]),
  ) as unknown as Pick<ActiveSession, (typeof SESSION_ACTIONS)[number]>;

  return {
    ...lazyActions,
    async poll() {
      await active()?.poll();
    },
    unsent: () => active()?.unsent() ?? 0,
    /** The server shows the pictures of friends and groups, and one's own. */
    picture: (person) => {
      const isVisible =
        person &&
        (person.id === myId() || person.id in store.get().chats || isFriend(store.get(), person.id));
      return isVisible ? active()?.picture(person) : undefined;
    },

    ...sessionActions,
    changed: (message) => store.dispatch({ type: 'changed', message }),
    isActive: () => active()?.activity() === 'active',

    send(id, text, options) {
      active()?.toNewest(id);
      return active()?.send(id, text, options) ?? false;
    },
  };
}
