import { bindingOf } from '../../cipher/binding.ts';
import type { Cipher, Sealed } from '../../cipher/cipher.ts';
import { type NewMessage, pairKey, type Store, type Tx } from '../../storage/store.ts';
import type { Id } from '../../wire/wire.ts';
import type { Plan } from './import-plan.ts';
import type { PlannedRow } from './import-plan-rows.ts';
import { toId } from './seed-file.ts';

/** A poll's delta holds 200 messages and never part of a commit. */
const MESSAGES_AT_ONCE = 100;
const ROWS_AT_ONCE = 50;
/** So many share one write to the disk. */
const COMMITS_AT_ONCE = 5;

/**
 * Does what a plan says, in commits that each leave a whole database: stopped anywhere, the next import goes on from
 * there. `onMessages` is told how many messages are durable.
 * @throws ApiError CIPHER_UNAVAILABLE, DISK_FULL, STORAGE_UNAVAILABLE
 */
export async function bringIn(
  plan: Plan,
  { store, cipher }: { store: Store; cipher: Cipher },
  onMessages: (count: number) => void,
): Promise<void> {
  for (const accounts of chunks(plan.accounts, ROWS_AT_ONCE)) {
    await store.transact(async (tx) => {
      for (const account of accounts) await tx.saveAccount(account);
    });
  }
  for (const ids of chunks(plan.toMark, ROWS_AT_ONCE)) {
    await store.transact(async (tx) => {
      for (const id of ids) {
        const account = await tx.account(id);
        if (account) await tx.saveAccount({ ...account, rawPassword: true });
      }
    });
  }
  // The conversations' own ids come first: a friendship takes the conversation it finds.
  for (const conversations of chunks(plan.conversations, ROWS_AT_ONCE)) {
    await store.transact(async (tx) => {
      for (const { members, id } of conversations) await tx.openDirect(...members, id);
    });
  }
  for (const friendships of chunks(plan.friendships, ROWS_AT_ONCE)) {
    await store.transact(async (tx) => {
      for (const [a, b] of friendships) await tx.befriend(a, b, toId('conversation', pairKey(a, b)));
    });
  }
  const seqs = new Map(plan.conversations.map(({ id, there }) => [id, new Map(there)]));
  let done = 0;
  const groups = plan.conversations.flatMap(({ id, rows }) =>
    [...chunks(rows, MESSAGES_AT_ONCE)].map((some) => ({ id, rows: some })),
  );
  for (const some of chunks(groups, COMMITS_AT_ONCE)) {
    const sealed = await Promise.all(
      some.map(async ({ id, rows }) => ({ id, messages: await sealAll(cipher, id, rows) })),
    );
    // Asked for in order, they are made in order.
    const commits = sealed.map(({ id, messages }) =>
      store.transact((tx) => appendAll(tx, id, messages, seqs.get(id) ?? new Map())),
    );
    await Promise.all(commits);
    done += sealed.reduce((sum, { messages }) => sum + messages.length, 0);
    onMessages(done);
  }
}

type Sealing = { message: NewMessage; answers: Id | undefined; hiddenFor: Id[] };

/** Appends messages; `seqs` has the places of those before, and gets theirs. */
async function appendAll(tx: Tx, id: Id, messages: Sealing[], seqs: Map<Id, number>): Promise<void> {
  for (const { message, answers = '', hiddenFor } of messages) {
    // An answer stands after what it answers: one whose message was left out answers nothing.
    const replyTo = seqs.get(answers);
    const { seq } = await tx.appendMessage({ ...message, ...(replyTo !== undefined && { replyTo }) });
    seqs.set(message.id, seq);
    for (const userId of hiddenFor) await tx.hideMessage(id, userId, seq);
  }
}

async function sealAll(cipher: Cipher, conversationId: Id, rows: PlannedRow[]): Promise<Sealing[]> {
  const moved = rows.filter((planned) => 'reseal' in planned);
  const texts = await cipher.openMany(
    moved.map(({ row, reseal }) => ({
      sealed: reseal,
      binding: bindingOf({ ...row, conversationId: reseal.conversationId }),
    })),
  );
  const opened = new Map(moved.map((planned, at) => [planned as PlannedRow, texts[at]]));
  return Promise.all(
    rows.map(async (planned) => {
      const { id, senderId, timestamp, edit, editedAt, deletedAt, hiddenFor } = planned.row;
      const message = {
        id,
        conversationId,
        senderId,
        timestamp,
        ...(edit !== undefined && { edit }),
        ...(editedAt !== undefined && { editedAt }),
        ...(deletedAt !== undefined && { deletedAt }),
      };
      const text = 'text' in planned ? planned.text : opened.get(planned);
      const sealed = text === undefined ? asItIs(planned) : await cipher.seal(text, bindingOf(message));
      return { message: { ...message, ...sealed }, answers: planned.answers, hiddenFor };
    }),
  );
}

/** What was sealed and did not open stays as it is, and is shown locked. */
function asItIs(planned: PlannedRow): Sealed {
  if ('keep' in planned) return planned.keep;
  if ('reseal' in planned) {
    const { v, kid, content } = planned.reseal;
    return { v, kid, content };
  }
  throw new Error('a text is sealed before it is stored');
}

function* chunks<T>(all: T[], size: number): Generator<T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}
