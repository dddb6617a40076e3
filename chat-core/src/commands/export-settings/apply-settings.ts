import { MAX_FLAGGED, MAX_PINNED } from '../../chats/flags.ts';
import { starList } from '../../chats/star-list.ts';
import { MAX_STARS } from '../../chats/stars.ts';
import { messageBinding } from '../../cipher/binding.ts';
import type { Cipher } from '../../cipher/cipher.ts';
import { MAX_MUTED } from '../../people/muting.ts';
import { fromSeqOf } from '../../storage/rows.ts';
import type { Store, StoredScheduled, Tx } from '../../storage/store.ts';
import type { ChatFlags, Id } from '../../wire/wire.ts';
import { existingIn } from '../import/existing-messages.ts';
import type { PlannedAllSettings, PlannedSettings } from './plan-settings.ts';

/** An account with full lists has 150 KB. */
const PEOPLE_PER_COMMIT = 5;
const HEADERS_PER_COMMIT = 50;

type Deps = { store: Store; cipher: Cipher };
/** The seqs of the messages of a conversation here, by their ids. */
type SeqsOf = (conversationId: Id) => Promise<ReadonlyMap<Id, number>>;

/**
 * Stores what people and conversations have set, after their messages. What names a message that was left out is left
 * out too. @throws ApiError CIPHER_UNAVAILABLE, DISK_FULL, STORAGE_UNAVAILABLE
 */
export async function applySettings(
  { headers, settings }: PlannedAllSettings,
  { store, cipher }: Deps,
): Promise<void> {
  const known = new Map<Id, ReadonlyMap<Id, number>>();
  const seqsOf: SeqsOf = async (id) => {
    const seqs = known.get(id) ?? (await existingIn(store, id, (await store.conversation(id))?.lastSeq ?? 0));
    known.set(id, seqs);
    return seqs;
  };
  for (let start = 0; start < headers.length; start += HEADERS_PER_COMMIT) {
    const some = headers.slice(start, start + HEADERS_PER_COMMIT);
    for (const { conversationId, pinned } of some) if (pinned) await seqsOf(conversationId);
    await store.transact(async (tx) => {
      for (const { conversationId, expireAfterS, pinned } of some) {
        if (!(await tx.conversation(conversationId))) continue;
        if (expireAfterS !== undefined) await tx.saveExpiry(conversationId, expireAfterS);
        const seq = pinned && known.get(conversationId)?.get(pinned.messageId);
        const row = seq === undefined ? undefined : await tx.message(conversationId, seq);
        if (!pinned || !row || row.deletedAt !== undefined) continue;
        const { by, expiresAt } = pinned;
        await tx.savePin(conversationId, { seq: row.seq, by, ...(expiresAt !== undefined && { expiresAt }) });
      }
    });
  }
  for (let start = 0; start < settings.length; start += PEOPLE_PER_COMMIT) {
    const some = settings.slice(start, start + PEOPLE_PER_COMMIT);
    const scheduled = new Map<Id, StoredScheduled[]>();
    for (const one of some) scheduled.set(one.userId, await sealScheduled(cipher, one));
    for (const { stars, chats } of some)
      for (const { conversationId } of [...stars, ...chats]) await seqsOf(conversationId);
    await store.transact(async (tx) => {
      for (const one of some) await savePerson(tx, one, scheduled.get(one.userId) ?? [], known);
    });
  }
}

/** Stores the settings of one person, without what they may not read. The profile says that it was done. */
async function savePerson(
  tx: Tx,
  { userId, privacy, muted, chats, stars }: PlannedSettings,
  scheduled: StoredScheduled[],
  seqs: ReadonlyMap<Id, ReadonlyMap<Id, number>>,
): Promise<void> {
  const account = await tx.account(userId);
  if (!account || account.profile) return;
  const fromSeqs = new Map<Id, number>();
  for (const { conversationId } of [...muted, ...chats, ...stars, ...scheduled]) {
    const conversation = await tx.conversation(conversationId);
    if (conversation) fromSeqs.set(conversationId, fromSeqOf(conversation, userId));
  }
  const own = <T extends { conversationId: Id }>(list: readonly T[]) =>
    list.filter(({ conversationId }) => Number.isFinite(fromSeqs.get(conversationId) ?? Infinity));
  const starred = own(stars).flatMap(({ conversationId, messageId }) => {
    const seq = seqs.get(conversationId)?.get(messageId) ?? 0;
    return seq >= (fromSeqs.get(conversationId) ?? Infinity) ? [{ conversationId, seq }] : [];
  });
  const lists = {
    muted: own(muted).slice(0, MAX_MUTED),
    chats: withinLimits(own(chats).map((one) => toFlags(one, seqs.get(one.conversationId)))),
    stars: starList(starred.slice(-MAX_STARS)),
  };
  const filled = Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
  const waiting = own(scheduled);
  if (waiting.length > 0) await tx.saveAccount({ ...account, scheduled: waiting });
  await tx.saveProfile(userId, { edit: 0, ...(privacy && { privacy }), ...filled }, { isShown: false });
}

function toFlags(
  { archived, ...flags }: PlannedSettings['chats'][number],
  seqs: ReadonlyMap<Id, number> = new Map(),
): ChatFlags {
  return { ...flags, ...(archived !== undefined && { archived: seqs.get(archived) ?? 0 }) };
}

/** No more chats are pinned, and none has more flags, than a person may set. */
function withinLimits(chats: ChatFlags[]): ChatFlags[] {
  const pinned = chats.filter((one) => one.pinned).slice(0, MAX_PINNED);
  return chats.filter((one) => !one.pinned || pinned.includes(one)).slice(0, MAX_FLAGGED);
}

/** The scheduled texts of a person, sealed for the conversations they are sent to; without those that do not open. */
async function sealScheduled(
  cipher: Cipher,
  { userId: senderId, scheduled }: PlannedSettings,
): Promise<StoredScheduled[]> {
  const stored: StoredScheduled[] = [];
  for (const { boundTo, ...one } of scheduled) {
    const { id, conversationId, dueAt, failure } = one;
    const plan = { id, conversationId, dueAt, ...(failure !== undefined && { failure }) };
    const binding = messageBinding({ id, conversationId, senderId, timestamp: dueAt });
    if ('content' in one && boundTo === conversationId) {
      stored.push({ ...plan, v: one.v, kid: one.kid, content: one.content });
      continue;
    }
    const sealed =
      'content' in one ? [{ sealed: one, binding: { ...binding, conversationId: boundTo } }] : [];
    const text = 'text' in one ? one.text : (await cipher.openMany(sealed))[0];
    if (text !== undefined) stored.push({ ...plan, ...(await cipher.seal(text, binding)) });
  }
  return stored.sort((a, b) => a.dueAt - b.dueAt);
}
