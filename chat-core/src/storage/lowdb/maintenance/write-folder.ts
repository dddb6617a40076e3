import { join } from 'node:path';
import type { BoxRows, OnMessages } from '../../box-rows.ts';
import { isDeletedGroup } from '../../rows.ts';
import type { StorageKey } from '../disk/authenticator.ts';
import type { Disk } from '../disk/disk.ts';
import { keyedDisk } from '../disk/keyed-disk.ts';
import { MESSAGES_A_PAGE, MessagePages, type NewPage, pageOf } from '../pages/message-pages.ts';
import { newMeta, writeMeta } from '../pages/meta.ts';
import { Pictures } from '../pages/pictures.ts';
import { writePages } from './checkpoint.ts';

/** Pages that become durable together. */
const PAGES_AT_ONCE = 32;

/**
 * Writes all rows of a box, of which none is in a page yet or in memory, as the pages of a new folder: a database at that
 * revision with an empty journal and a history of its own. meta.json, without which a folder is refused, is written last.
 */
export async function writeFolder(
  plain: Disk,
  folder: string,
  key: StorageKey | undefined,
  box: BoxRows,
  onMessages: OnMessages,
): Promise<void> {
  const disk = keyedDisk(plain, folder, key);
  const { state, revision, settings, sealedWith, offTimes } = box;
  const { at, clock } = box.last;
  const fresh = newMeta();
  disk.authenticator.use(fresh);
  disk.authenticator.revision = revision;
  for (const name of ['', 'messages', 'pictures', 'users', 'conversations', 'invites', 'uploads'])
    await disk.makeFolder(join(folder, name));
  const pages = new MessagePages(disk, join(folder, 'messages'), 0);
  let batch: NewPage[] = [];
  const flush = async () => {
    await pages.write(batch);
    batch = [];
  };
  for (const { header } of state.conversationStates()) {
    if (isDeletedGroup(header)) continue;
    const { id: conversationId, lastSeq } = header;
    for (let from = 1; from <= lastSeq; from += MESSAGES_A_PAGE) {
      const to = Math.min(lastSeq, from + MESSAGES_A_PAGE - 1);
      const messages = await box.history.between(conversationId, from, to);
      if (messages.length !== to - from + 1)
        throw new Error(`Messages of conversation ${conversationId} are missing in the database.`);
      onMessages(messages);
      batch.push({ conversationId, page: pageOf(from), messages, asOf: revision });
      if (batch.length === PAGES_AT_ONCE) await flush();
    }
  }
  await flush();
  const pictures = new Pictures(disk, join(folder, 'pictures'));
  const groups = [...state.conversationStates()].map(({ header }) => header.id);
  for (const id of [...state.people.accounts.ids(), ...groups]) {
    const picture = await box.pictures.read(state, id);
    if (!picture) continue;
    state.people.putPicture(picture);
    await pictures.write(state, id);
  }
  await writePages(disk, folder, state, pages, []);
  await disk.syncFolder(folder);
  const checkpoint = { ...fresh.checkpoint, revision, at, ...(clock !== at && { clock }) };
  await writeMeta(disk, folder, {
    ...fresh,
    checkpoint,
    counts: state.counts,
    pages: disk.authenticator.catalog(),
    ...(settings && { settings }),
    ...(sealedWith !== undefined && { sealedWith }),
    ...(offTimes.length > 0 && { offTimes }),
  });
}
