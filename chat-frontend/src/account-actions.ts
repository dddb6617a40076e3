import type { Id, LoginAnswer, Me, SecondFactor } from '../../chat-core/src/wire/wire.ts';
import type { AccountApi } from './api/account.ts';
import { ApiError, isUnanswered, toApiError } from './api/api-error.ts';
import { newId } from './ids.ts';
import type { KeyValueStore } from './key-value-store.ts';
import type { SessionStore } from './session/session.ts';
import type { ActiveSession } from './session/start-session.ts';
import { chatWith } from './state/selectors.ts';
import type { Store } from './state/store.ts';
import type { Actions } from './ui/ui.ts';

export { createAccountApi } from './api/account.ts';

type Deps = {
  api: AccountApi;
  store: Store;
  session: SessionStore;
  /** The session of the signed-in account. */
  active: () => ActiveSession | undefined;
  keyValueStore: KeyValueStore;
  /** What this browser is called in the list of devices. */
  deviceName: () => Promise<string>;
};

/** The id of a login or registration that has not succeeded yet: after a lost answer the server recognises a repeat. */
const ATTEMPT = 'bisik.attempt';

/** The proof that this device has logged in before; it stays when a person logs out. */
const PROOF = 'bisik.proof';

const fold = (name: string) => name.normalize('NFKC').toLowerCase();

/** Calls once more, at once, if no answer came. */
const retryOnce = <Answer>(call: () => Promise<Answer>): Promise<Answer> =>
  call().catch((thrown: unknown) => {
    if (isUnanswered(thrown)) return call();
    throw thrown;
  });

export type AccountActions = Pick<
  Actions,
  | 'login'
  | 'begin'
  | 'register'
  | 'changePassword'
  | 'devices'
  | 'logout'
  | 'addFriend'
  | 'removeFriend'
  | 'block'
  | 'unblock'
  | 'acceptRequest'
  | 'declineRequest'
  | 'withdrawRequest'
  | 'report'
  | 'acceptInvite'
  | 'changeMe'
  | 'mute'
  | 'setChatFlags'
  | 'star'
  | 'openNotes'
  | 'setExpiry'
>;

/** What a person does with the account, its friends and its settings; `actions.ts` loads it when it is first used. */
export function createAccountActions({
  api,
  store,
  session,
  active,
  keyValueStore,
  deviceName,
}: Deps): AccountActions {
  const myId = () => session.current()?.id ?? '';

  /** What is done to a person shows when the next poll has brought it. */
  const andPoll =
    <Input>(call: (input: Input) => Promise<unknown>) =>
    async (input: Input): Promise<void> => {
      await call(input);
      await active()?.poll();
    };

  const withoutPolling = (work: () => Promise<void>) =>
    session.changing(() => active()?.withoutPolling(work) ?? work());

  let attemptId = keyValueStore.getItem(ATTEMPT);
  let changedTo = '';

  function attempt(): Id {
    attemptId ??= newId();
    keyValueStore.setItem(ATTEMPT, attemptId);
    return attemptId;
  }

  async function login(username: string, password: string, secondFactor?: SecondFactor): Promise<void> {
    const deviceProof = keyValueStore.getItem(PROOF) ?? '';
    const input = { username, password, deviceName: await deviceName(), attemptId: attempt(), deviceProof };
    begin(await api.login({ ...input, ...(secondFactor && { secondFactor }) }));
  }

  function begin(answer: LoginAnswer): void {
    if (answer.setUpTicket) throw Object.assign(new ApiError('SECOND_FACTOR_MISSING'), { login: answer });
    keyValueStore.setItem(PROOF, answer.deviceProof ?? '');
    attemptId = null;
    keyValueStore.removeItem(ATTEMPT);
    session.begin(answer, answer.token);
  }

  /** What the server answers of lists of one's own, shown before the next poll. */
  function changeOwn(lists: Partial<Me>): void {
    const { me } = store.get();
    if (me && 'privacy' in me) store.dispatch({ type: 'me', me: { ...me, ...lists } });
  }

  return {
    login,
    begin: async (answer) => begin(answer),
    async register(username, password, inviteCode) {
      const input = { username, password, attemptId: attempt() };
      await api.register({ ...input, ...(inviteCode ? { inviteCode } : {}) });
      await login(username, password);
    },
    async changePassword(currentPassword, newPassword, ticket) {
      const input = { userId: myId(), currentPassword, newPassword };
      const inputText = JSON.stringify(input);
      // Its answer was lost, and the session has repeated it since then.
      const isDone = changedTo === inputText;
      if (!isDone) {
        await withoutPolling(async () => {
          session.renew(
            (await retryOnce(() => api.changePassword({ ...input, ...(ticket && { ticket }) }))).token,
          );
          changedTo = inputText;
        });
      }
      changedTo = '';
    },
    devices: api.devices,
    async logout(ticket, remove) {
      await active()?.finish();
      await withoutPolling(async () => {
        // Logging out here must work without a network; logging out elsewhere cannot.
        if (remove) await retryOnce(remove);
        else if (ticket) await retryOnce(() => api.logout({ everywhere: true, ticket }));
        else await api.logout({}).catch(() => undefined);
        active()?.wipe();
        session.end();
      });
    },
    async addFriend(friendUsername) {
      const answer = await api.addFriend({ myId: myId(), friendUsername }).catch(async (thrown: unknown) => {
        // Added before, maybe by this very request if its answer was lost.
        if (toApiError(thrown).code !== 'ALREADY_FRIENDS') throw thrown;
        const find = () =>
          store.get().friends.find(({ username }) => fold(username) === fold(friendUsername));
        if (!find()) await active()?.poll();
        const contact = find();
        if (!contact) throw thrown;
        return { contact };
      });
      if ('requested' in answer) {
        await active()?.poll();
        return { requested: answer.requested };
      }
      // The held poll may have brought it already; another would be held for nothing.
      const conversation = (id: Id) => chatWith(store.get(), id)?.id;
      if (!conversation(answer.contact.id)) await active()?.poll();
      return { contact: answer.contact, conversationId: conversation(answer.contact.id) };
    },
    removeFriend: andPoll(api.removeFriend),
    block: andPoll(api.block),
    unblock: andPoll(api.unblock),
    acceptRequest: andPoll(api.acceptRequest),
    declineRequest: andPoll(api.declineRequest),
    withdrawRequest: andPoll(api.withdrawRequest),
    async report(about) {
      await api.report(about);
    },
    acceptInvite: andPoll(api.acceptInvite),
    async changeMe(change) {
      store.dispatch({ type: 'me', me: await api.changeMe(change) });
    },
    async setChatFlags(conversationId, flags) {
      changeOwn(await api.setChatFlags(conversationId, flags));
    },
    async star(ref, isOn) {
      changeOwn(await (isOn ? api.star(ref) : api.unstar(ref)));
    },
    async openNotes() {
      const { conversationId } = await api.openNotes();
      if (!store.get().chats[conversationId]) await active()?.poll();
      return conversationId;
    },
    async setExpiry(conversationId, after) {
      await api.setExpiry(conversationId, { after });
      void active()?.poll();
    },
    async mute(conversationId, length, mentions) {
      const input = { conversationId, for: length, ...(mentions ? { mentions } : {}) };
      changeOwn(await api.mute(input));
    },
  };
}
