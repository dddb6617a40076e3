import type { Id } from '../../chat-core/src/wire/wire.ts';
import type { Api } from './api/api.ts';
import { isUnanswered, toApiError } from './api/api-error.ts';
import { newId } from './ids.ts';
import type { KeyValueStore } from './key-value-store.ts';
import type { Account } from './session/account.ts';
import type { Sessions } from './session/session.ts';
import { chatWith, isFriend } from './state/selectors.ts';
import type { Store } from './state/store.ts';
import type { Actions } from './ui/ui.ts';

type Deps = {
  api: Api;
  store: Store;
  session: Sessions;
  /** Of whoever is signed in now. */
  account: () => Account | undefined;
  keyValueStore: KeyValueStore;
  deviceName: string;
};

/** The attempt to come in that has not succeeded yet: after a lost answer the box knows it again, in a reloaded page too. */
const ATTEMPT = 'bisik.attempt';

const fold = (name: string) => name.normalize('NFKC').toLowerCase();

/** Asks once more, at once, where no answer came. */
const surely = <Answer>(call: () => Promise<Answer>): Promise<Answer> =>
  call().catch((thrown: unknown) => {
    if (isUnanswered(thrown)) return call();
    throw thrown;
  });

/** What people do, but for what belongs to the page itself: its language and its address. */
export function createActions({
  api,
  store,
  session,
  account,
  keyValueStore,
  deviceName,
}: Deps): Omit<Actions, 'setLanguage' | 'go'> {
  const myId = () => session.current()?.id ?? '';

  /** What is done to somebody shows when the next poll has brought it. */
  const andPoll =
    <Input>(call: (input: Input) => Promise<unknown>) =>
    async (input: Input): Promise<void> => {
      await call(input);
      await account()?.poll();
    };

  const quietly = (work: () => Promise<void>) => session.changing(() => account()?.quietly(work) ?? work());

  let attemptId = keyValueStore.getItem(ATTEMPT);
  let changed = '';

  function attempt(): Id {
    attemptId ??= newId();
    keyValueStore.setItem(ATTEMPT, attemptId);
    return attemptId;
  }

  async function login(username: string, password: string): Promise<void> {
    const answer = await api.login({ username, password, deviceName, attemptId: attempt() });
    attemptId = null;
    keyValueStore.removeItem(ATTEMPT);
    session.begin(answer, answer.token);
  }

  return {
    login,
    async register(username, password, inviteCode) {
      const wanted = { username, password, attemptId: attempt() };
      await api.register({ ...wanted, ...(inviteCode ? { inviteCode } : {}) });
      await login(username, password);
    },
    async resetPassword(username, code, newPassword) {
      await api.resetPassword({ username, code, newPassword });
      await login(username, newPassword);
    },
    async changePassword(currentPassword, newPassword) {
      const wanted = { userId: myId(), currentPassword, newPassword };
      const wantedText = JSON.stringify(wanted);
      // Its answer was lost, and since then the session has found out that it is done.
      const isDone = changed === wantedText;
      if (!isDone) {
        await quietly(async () => {
          session.renew((await surely(() => api.changePassword(wanted))).token);
          changed = wantedText;
        });
      }
      changed = '';
    },
    devices: api.devices,
    async endDevice(id) {
      await api.endDevice(id);
    },
    async logout(everywhere) {
      await account()?.finish();
      await quietly(async () => {
        // Logging out here must work without a network; logging out elsewhere cannot.
        if (everywhere) await surely(() => api.logout({ everywhere }));
        else await api.logout({}).catch(() => undefined);
        account()?.wipe();
        session.end();
      });
    },
    unsent: () => account()?.unsent() ?? 0,

    async addFriend(friendUsername) {
      const answer = await api.addFriend({ myId: myId(), friendUsername }).catch(async (thrown: unknown) => {
        // Added before, maybe by this very request, whose answer was lost.
        if (toApiError(thrown).code !== 'ALREADY_FRIENDS') throw thrown;
        const find = () =>
          store.get().friends.find(({ username }) => fold(username) === fold(friendUsername));
        if (!find()) await account()?.poll();
        const contact = find();
        if (!contact) throw thrown;
        return { contact };
      });
      if ('requested' in answer) {
        await account()?.poll();
        return { requested: answer.requested };
      }
      // The poll that was held may have brought it already, and another would be held in vain.
      const conversation = (id: Id) => chatWith(store.get(), id)?.id;
      if (!conversation(answer.contact.id)) await account()?.poll();
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
    invites: api.invites,
    makeInvite: api.makeInvite,
    async revokeInvite(id) {
      await api.revokeInvite(id);
    },
    lookInvite: api.lookInvite,
    acceptInvite: andPoll(api.acceptInvite),
    async changeMe(change) {
      store.dispatch({ type: 'me', me: await api.changeMe(change) });
    },
    async mute(conversationId, length) {
      const { muted } = await api.mute({ conversationId, for: length });
      const { me } = store.get();
      if (me && 'privacy' in me) store.dispatch({ type: 'me', me: { ...me, muted } });
    },
    /** The box shows the pictures of friends, and one's own. */
    picture: (person) => {
      const near = person && (person.id === myId() || isFriend(store.get(), person.id));
      return near ? account()?.picture(person) : undefined;
    },

    open: (id) => account()?.open(id),
    loadOlder: (id) => account()?.loadOlder(id),
    loadNewer: (id) => account()?.loadNewer(id),
    jump: async (id, seq) => account()?.jump(id, seq),
    toNewest: (id) => account()?.toNewest(id),
    readOthers: (id, seqs) => void account()?.readOthers(id, seqs),
    isActive: () => account()?.activity() === 'active',
    markSeen: (id, seq) => account()?.markSeen(id, seq),
    markRead: (id, seq) => account()?.markRead(id, seq),

    send(id, text, replyTo) {
      account()?.toNewest(id);
      return account()?.send(id, text, replyTo) ?? false;
    },
    retry: (id) => account()?.retry(id),
    remove: (id) => account()?.remove(id),
    keepDraft: (id, draft) => account()?.keepDraft(id, draft),
    typing: (id) => account()?.typing(id),
    edit: async (at, text) => account()?.edit(at, text),
    deleteForMe: (id, at) => account()?.deleteForMe(id, at),
    undoDelete: (id) => account()?.undoDelete(id),
    deleteForEveryone: async (at) => account()?.deleteForEveryone(at),
    retryMutation: (at) => account()?.retryMutation(at),
    dropMutation: (at) => account()?.dropMutation(at),
  };
}
