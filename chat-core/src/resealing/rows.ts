import {
  groupNameBinding,
  messageBinding,
  picturePieceBinding,
  profileTextsBinding,
  totpBinding,
} from '../cipher/binding.ts';
import {
  type SealedRow,
  sealedInFile,
  sealedInMessage,
  withSealed,
  withSealedFile,
} from '../cipher/sealed-fields.ts';
import type { Account, Store, StoredAttachment, StoredMessage } from '../storage/store.ts';
import type { Id } from '../wire/wire.ts';
import type { Reseal } from './reseal.ts';

/**
 * Each of these seals one kind of row anew, where an older key holds it, unless it changes meanwhile: what changes is
 * sealed with the newest key by that change. @returns how many rows were stored
 * @throws ApiError CIPHER_UNAVAILABLE, DISK_FULL, STORAGE_UNAVAILABLE
 */
export async function resealMessages(store: Store, reseal: Reseal, page: StoredMessage[]): Promise<number> {
  const fresh = await reseal(page.flatMap(sealedInMessage));
  if (fresh.size === 0) return 0;
  return store.transact(async (tx) => {
    let changed = 0;
    for (const { conversationId, seq, content, attachments } of page) {
      const now = await tx.message(conversationId, seq);
      if (now?.content !== content || idsOf(now.attachments) !== idsOf(attachments)) continue;
      if (!sealedInMessage(now).some(({ sealed }) => fresh.has(sealed.content))) continue;
      await tx.resealMessage(withSealed(now, fresh));
      changed += 1;
    }
    return changed;
  });
}

export async function resealGroup(store: Store, reseal: Reseal, id: Id): Promise<number> {
  const conversation = await store.conversation(id);
  if (conversation?.kind !== 'group') return 0;
  const { edit, ...sealed } = conversation.group.name;
  const fresh = (await reseal([{ sealed, binding: groupNameBinding(id, edit) }])).get(sealed.content);
  if (!fresh) return 0;
  return store.transact(async (tx) => {
    const now = await tx.conversation(id);
    if (now?.kind !== 'group' || now.group.name.content !== sealed.content) return 0;
    await tx.resealGroupName(id, { ...fresh, edit });
    return 1;
  });
}

export async function resealAccount(store: Store, reseal: Reseal, id: Id): Promise<number> {
  const account = await store.account(id);
  const fresh = await reseal(account ? sealedInAccount(account) : []);
  if (fresh.size === 0) return 0;
  return store.transact(async (tx) => {
    const now = await tx.account(id);
    if (!now || !sealedInAccount(now).some(({ sealed }) => fresh.has(sealed.content))) return 0;
    const { profile, secondFactor, scheduled } = now;
    const texts = profile?.texts && { ...profile.texts, ...fresh.get(profile.texts.content) };
    const totp = secondFactor?.totp && {
      ...secondFactor.totp,
      secret: fresh.get(secondFactor.totp.secret.content) ?? secondFactor.totp.secret,
    };
    await tx.saveAccount({
      ...now,
      ...(profile && texts && { profile: { ...profile, texts } }),
      ...(secondFactor && totp && { secondFactor: { ...secondFactor, totp } }),
      ...(scheduled && { scheduled: scheduled.map((one) => ({ ...one, ...fresh.get(one.content) })) }),
    });
    return 1;
  });
}

/** The picture of a person, or of a group by its conversation id. */
export async function resealPicture(store: Store, reseal: Reseal, id: Id): Promise<number> {
  const picture = await store.picture(id);
  if (!picture) return 0;
  const { edit, pieces } = picture;
  const fresh = await reseal(
    pieces.map((sealed, index) => ({
      sealed,
      binding: picturePieceBinding(id, edit, index, pieces.length),
    })),
  );
  if (fresh.size === 0) return 0;
  return store.transact(async (tx) => {
    const now = await tx.conversation(id);
    const named = ((await tx.account(id))?.profile ?? (now?.kind === 'group' ? now.group : undefined))
      ?.picture;
    if (named?.id !== picture.id) return 0;
    await tx.resealPicture({ ...picture, pieces: pieces.map((one) => fresh.get(one.content) ?? one) });
    return 1;
  });
}

export async function resealUploads(store: Store, reseal: Reseal): Promise<number> {
  const open = store.uploads().filter((row) => row.state === 'open');
  const fresh = await reseal(open.flatMap((row) => sealedInFile(row, { ...row, senderId: row.userId })));
  if (fresh.size === 0) return 0;
  return store.transact(async (tx) => {
    const now = (await tx.uploads()).filter((row) => row.state === 'open' && fresh.has(row.key.content));
    for (const row of now)
      if (row.state === 'open') await tx.saveUpload({ ...row, ...withSealedFile(row, fresh) });
    return now.length;
  });
}

/** The texts of a person's profile, the secret of their second factor, and the texts that they have scheduled. */
export function sealedInAccount({ id, profile, secondFactor, scheduled = [] }: Account): SealedRow[] {
  const rows: SealedRow[] = [];
  if (profile?.texts) {
    const { edit, ...sealed } = profile.texts;
    rows.push({ sealed, binding: profileTextsBinding(id, edit) });
  }
  const totp = secondFactor?.totp;
  if (totp) rows.push({ sealed: totp.secret, binding: totpBinding(id, totp.id) });
  for (const { v, kid, content, id: messageId, conversationId, dueAt } of scheduled) {
    const bound = { id: messageId, conversationId, senderId: id, timestamp: dueAt };
    rows.push({ sealed: { v, kid, content }, binding: messageBinding(bound) });
  }
  return rows;
}

function idsOf(files: StoredAttachment[] = []): string {
  return files.map(({ id }) => id).join();
}
