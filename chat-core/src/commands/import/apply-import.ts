import { groupNameBinding, messageBinding } from '../../cipher/binding.ts';
import type { Cipher, Sealed } from '../../cipher/cipher.ts';
import { toId } from '../../storage/foreign-ids.ts';
import {
  type Group,
  type NewMessage,
  pairKey,
  type Store,
  type StoredAttachment,
  type Tx,
} from '../../storage/store.ts';
import { EXPIRY_CHOICES } from '../../wire/expiry.ts';
import type { Id } from '../../wire/wire.ts';
import { applySettings } from '../export-settings/apply-settings.ts';
import { FileSource } from './import-files.ts';
import type { Plan } from './import-plan.ts';
import type { PlannedGroup } from './import-plan-groups.ts';
import type { PlannedRow } from './import-plan-rows.ts';
import { sealSeedPolls } from './import-polls.ts';
import { sealSeedReactions } from './import-reactions.ts';

/** A delta holds 200 messages, and never a part of a commit. */
const MESSAGES_PER_COMMIT = 100;
const RECORDS_PER_COMMIT = 50;
/** Commits requested together share one write to the disk. */
const CONCURRENT_COMMITS = 5;

/** Without `files` those of messages are stored without their bytes, and shown as missing. */
type ImportDeps = {
  store: Store;
  cipher: Cipher;
  files?: FileSource;
  /** Called after each file of a message that was stored. @throws Error to end the import, which another can continue */
  onFile?: (bytes: number) => void | Promise<void>;
};

/**
 * Carries out a plan. Each commit leaves a complete database, so after an interruption the next import continues there.
 * `onMessages` gets the number of messages stored so far, and the bytes of the last ones; it may throw to end the import.
 * @throws ApiError CIPHER_UNAVAILABLE, DISK_FULL, STORAGE_UNAVAILABLE
 */
export async function applyImport(
  plan: Plan,
  deps: ImportDeps,
  onMessages: (count: number, bytes: number) => void | Promise<void>,
): Promise<void> {
  const { store, cipher } = deps;
  for (const accounts of chunks(plan.accounts, RECORDS_PER_COMMIT)) {
    await store.transact(async (tx) => {
      for (const account of accounts) await tx.saveAccount(account);
    });
  }
  for (const ids of chunks(plan.rawPasswordIds, RECORDS_PER_COMMIT)) {
    await store.transact(async (tx) => {
      for (const id of ids) {
        const account = await tx.account(id);
        if (account) await tx.saveAccount({ ...account, rawPassword: true });
      }
    });
  }
  // The conversations' own ids come first: a friendship uses an existing conversation.
  for (const conversations of chunks(plan.conversations, RECORDS_PER_COMMIT)) {
    await store.transact(async (tx) => {
      for (const { members, id } of conversations) await tx.openDirect(...members, id);
    });
  }
  for (const friendships of chunks(plan.friendships, RECORDS_PER_COMMIT)) {
    await store.transact(async (tx) => {
      for (const [a, b] of friendships) await tx.befriend(a, b, toId('conversation', pairKey(a, b)));
    });
  }
  for (const groups of chunks(plan.groups, RECORDS_PER_COMMIT)) {
    const created = await Promise.all(groups.map((group) => sealGroup(cipher, group)));
    await store.transact(async (tx) => {
      for (const { id, group } of created.flat()) await tx.saveGroup(id, group);
    });
  }
  const targets = [...plan.conversations, ...plan.groups];
  const seqs = new Map(targets.map(({ id, existing }) => [id, new Map(existing)]));
  let done = 0;
  const batches = targets.flatMap(({ id, rows }) =>
    [...chunks(rows, MESSAGES_PER_COMMIT)].map((chunk) => ({ id, rows: chunk })),
  );
  for (const batch of chunks(batches, CONCURRENT_COMMITS)) {
    const sealed = await Promise.all(
      batch.map(async ({ id, rows }) => ({ id, messages: await sealAll(deps, id, rows) })),
    );
    // The store commits in the order of the calls.
    const commits = sealed.map(({ id, messages }) =>
      store.transact((tx) => appendAll(tx, id, messages, seqs.get(id) ?? new Map())),
    );
    await Promise.all(commits);
    done += sealed.reduce((sum, { messages }) => sum + messages.length, 0);
    const texts = sealed.flatMap(({ messages }) => messages.map(({ message }) => message.content.length));
    await onMessages(
      done,
      texts.reduce((sum, length) => sum + length, 0),
    );
  }
  await applySettings(plan, { store, cipher });
}

/** A new group with its name sealed; one that does not open stays as it is. Empty for a group that is already here. */
async function sealGroup(
  cipher: Cipher,
  { id, created }: PlannedGroup,
): Promise<{ id: Id; group: Omit<Group, 'infoRev'> }[]> {
  if (!created) return [];
  const { name, ...group } = created;
  if (typeof name !== 'string' && name.boundTo === id) {
    const { boundTo: _, ...sealed } = name;
    return [{ id, group: { ...group, edit: name.edit, name: sealed } }];
  }
  const text = typeof name === 'string' ? name : await openName(cipher, name);
  const { v, kid, content } =
    text === undefined && typeof name !== 'string'
      ? name
      : await cipher.seal(text ?? '', groupNameBinding(id, 1));
  return [{ id, group: { ...group, edit: 1, name: { v, kid, content, edit: 1 } } }];
}

async function openName(
  cipher: Cipher,
  { v, kid, content, edit, boundTo }: Sealed & { edit: number; boundTo: Id },
): Promise<string | undefined> {
  const [text] = await cipher.openMany([
    { sealed: { v, kid, content }, binding: groupNameBinding(boundTo, edit) },
  ]);
  return text;
}

type SealedMessage = { message: NewMessage; answers: Id | undefined; hiddenFor: Id[] };

/** Appends messages. `seqs` maps the ids of the conversation's messages to their seq, and is extended. */
async function appendAll(tx: Tx, id: Id, messages: SealedMessage[], seqs: Map<Id, number>): Promise<void> {
  for (const { message, answers = '', hiddenFor } of messages) {
    // A reply follows the message it answers; if that one was left out, the reply answers none.
    const replyTo = seqs.get(answers);
    const { seq } = await tx.appendMessage({ ...message, ...(replyTo !== undefined && { replyTo }) });
    seqs.set(message.id, seq);
    for (const userId of hiddenFor) await tx.hideMessage(id, userId, seq);
  }
}

async function sealAll(
  { store, cipher, onFile, files = new FileSource() }: ImportDeps,
  conversationId: Id,
  rows: PlannedRow[],
): Promise<SealedMessage[]> {
  const attached = new Map<PlannedRow, StoredAttachment[]>();
  for (const planned of rows.filter(({ row }) => row.attachments))
    attached.set(
      planned,
      await files.store({ store, cipher, ...(onFile && { onFile }) }, conversationId, planned.row),
    );
  const reactions = await sealSeedReactions(
    cipher,
    conversationId,
    rows.map(({ row }) => row),
  );
  const polls = await sealSeedPolls(
    cipher,
    conversationId,
    rows.map(({ row }) => row),
  );
  const toReseal = rows.filter((planned) => 'reseal' in planned);
  const texts = await cipher.openMany(
    toReseal.map(({ row, reseal }) => ({
      sealed: reseal,
      binding: messageBinding({ ...row, conversationId: reseal.conversationId }),
    })),
  );
  const opened = new Map(toReseal.map((planned, index) => [planned as PlannedRow, texts[index]]));
  return Promise.all(
    rows.map(async (planned) => {
      const { id, senderId, timestamp, edit, editedAt, deletedAt, hiddenFor, mentions, event, imported } =
        planned.row;
      const { expiresAt } = planned.row;
      const attachments = attached.get(planned) ?? [];
      const reacted = reactions.get(planned.row);
      const poll = polls.get(planned.row);
      const message = {
        id,
        conversationId,
        senderId,
        timestamp,
        ...(attachments.length > 0 && { attachments }),
        ...(edit !== undefined && { edit }),
        ...(editedAt !== undefined && { editedAt }),
        ...(deletedAt !== undefined && { deletedAt }),
        ...(expiresAt !== undefined && { expiresAt, sentAt: sentAtOf(timestamp, expiresAt) }),
        ...(mentions && { mentions }),
        ...(event && { event }),
        ...(planned.row.forwarded && { forwarded: true as const }),
        ...(reacted && { reactions: reacted }),
        ...(poll && { poll }),
        ...(imported && {
          imported: {
            source: imported.source,
            ...(imported.userId !== undefined && { userId: imported.userId }),
          },
        }),
      };
      const text = 'text' in planned ? planned.text : opened.get(planned);
      const sealed =
        text === undefined ? ciphertextOf(planned) : await cipher.seal(text, messageBinding(message));
      return { message: { ...message, ...sealed }, answers: planned.answers, hiddenFor };
    }),
  );
}

/** The ciphertext to store unchanged, also that of a message that did not open: it is shown locked. */
function ciphertextOf(planned: PlannedRow): Sealed {
  if ('unchanged' in planned) return planned.unchanged;
  if ('reseal' in planned) {
    const { v, kid, content } = planned.reseal;
    return { v, kid, content };
  }
  throw new Error('a text is sealed before it is stored');
}

function* chunks<T>(all: T[], size: number): Generator<T[]> {
  for (let start = 0; start < all.length; start += size) yield all.slice(start, start + size);
}

/**
 * When a message that expires was sent, by the clock of its expiry: a file has the wall clock's time alone, which differs by
 * a little for each row. By it each row would have a duration of its own, and the header a queue for each.
 */
function sentAtOf(timestamp: number, expiresAt: number): number {
  const off = (afterS: number) => Math.abs(expiresAt - afterS * 1000 - timestamp);
  const [afterS = 0] = EXPIRY_CHOICES.filter((choice) => choice > 0).sort((a, b) => off(a) - off(b));
  return Math.max(0, expiresAt - afterS * 1000);
}
