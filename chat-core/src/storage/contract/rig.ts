import { afterEach, beforeEach } from 'vitest';
import { DEFAULT_PERMISSIONS } from '../../wire/groups.ts';
import type {
  Account,
  Conversation,
  Group,
  GroupMembership,
  NewMessage,
  Store,
  StoredMessage,
} from '../store.ts';

/** A store under test. `reopen` opens the same rows again, absent for a store that is not durable. */
export type Opened = { store: Store; end: () => Promise<void>; reopen?: () => Promise<Store> };

/** The store of the running test, with three people: ani, budi and cici. */
export type Rig = {
  readonly store: Store;
  befriend(a: string, b: string): Promise<Conversation>;
  append(id: string, conversationId?: string, sender?: string): Promise<StoredMessage>;
  /** Closes the store and opens its rows again; false when the store is not durable. */
  reopen(): Promise<boolean>;
};

export const person = (id: string, username = id): Account => ({
  id,
  username,
  password: 'hash',
  contacts: [],
  tokenVersion: 0,
  devices: [],
});

export const message = (id: string, conversationId: string, senderId: string): NewMessage => ({
  id,
  conversationId,
  senderId,
  content: `sealed ${id}`,
  timestamp: 1,
  v: 1,
  kid: 'k1',
});

/** A member of a group, who may read from `fromSeq` on. */
export const member = (
  userId: string,
  fromSeq = 1,
  role: GroupMembership['role'] = 'member',
): GroupMembership => ({
  userId,
  role,
  fromSeq,
  joinedSeq: fromSeq - 1,
});

/** A group of these members, of which the first is the owner. */
export const groupOf = (members: GroupMembership[], more: Partial<Group> = {}): Omit<Group, 'infoRev'> => ({
  edit: 1,
  name: { edit: 1, v: 1, kid: 'k1', content: 'sealed name' },
  members: members.map((one, index) => (index === 0 ? { ...one, role: 'owner' } : one)),
  permissions: DEFAULT_PERMISSIONS,
  newcomersRead: 'none',
  ...more,
});

/** A rig with a new store for each test of the surrounding `describe`. */
export function useRig(open: () => Promise<Opened>): Rig {
  let opened: Opened;
  let store: Store;
  beforeEach(async () => {
    opened = await open();
    store = opened.store;
    await store.transact(async (tx) => {
      for (const id of ['ani', 'budi', 'cici']) await tx.saveAccount(person(id));
    });
  });
  afterEach(() => opened.end());
  return {
    get store() {
      return store;
    },
    befriend: (a, b) => store.transact((tx) => tx.befriend(a, b, `${a}-${b}`)),
    append: (id, conversationId = 'ani-budi', sender = 'ani') =>
      store.transact((tx) => tx.appendMessage(message(id, conversationId, sender))),
    reopen: async () => {
      if (!opened.reopen) return false;
      await store.close();
      store = await opened.reopen();
      return true;
    },
  };
}
