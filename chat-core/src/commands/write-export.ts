import { randomUUID } from 'node:crypto';
import { type FileHandle, link, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Cipher } from '../cipher/cipher.ts';
import { isGone, openMessages } from '../messages/message.ts';
import { realDisk } from '../storage/lowdb/disk.ts';
import type { Account, StoredMessage } from '../storage/store.ts';
import type { Box } from './read-box.ts';

const ROWS_AT_ONCE = 200;

/**
 * Writes a box into one file in the seed's shape: users with hashes and contacts, chats sealed, with v, kid, seq and
 * conversationId beside the seed's fields. What was deleted for everyone is left out. With a cipher what opens is written readable. For its owner alone (0600),
 * whole and durable or not at all.
 * @throws a sentence when the file is there and `replace` is not said; ApiError CIPHER_UNAVAILABLE
 */
export async function writeExport(
  box: Box,
  path: string,
  { cipher, replace }: { cipher: Cipher | undefined; replace: boolean },
  onMessages: (count: number) => void,
): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await writeAll(file, box, cipher, onMessages);
      await file.sync();
    } finally {
      await file.close();
    }
    if (replace) await rename(temporary, path);
    else await link(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new Error(`${path} is there already: say --force to replace it.`);
  } finally {
    await rm(temporary, { force: true });
  }
  await realDisk.syncFolder(dirname(path));
}

async function writeAll(
  file: FileHandle,
  { state, history }: Box,
  cipher: Cipher | undefined,
  onMessages: (count: number) => void,
): Promise<void> {
  const list = async (rows: object[], isFirst: boolean) => {
    const lines = rows.map((row, at) => `${isFirst && at === 0 ? '\n' : ',\n'}${JSON.stringify(row)}`);
    await file.writeFile(lines.join(''));
  };
  await file.writeFile('{"users":[');
  for (let page = 1; ; page++) {
    const accounts = state.people.on(page);
    if (accounts.length === 0) break;
    await list(accounts.map(toUser), page === 1);
  }
  await file.writeFile('\n],"chats":[');
  let done = 0;
  for (const { header } of state.allEntries()) {
    for (let from = 1; from <= header.lastSeq; from += ROWS_AT_ONCE) {
      const all = await history.between(header.id, from, Math.min(header.lastSeq, from + ROWS_AT_ONCE - 1));
      const rows = all.filter((row) => !isGone(row));
      await list(cipher ? await readable(cipher, rows) : rows.map(toChat), done === 0);
      done += rows.length;
      onMessages(done);
    }
  }
  await file.writeFile('\n]}\n');
}

function toUser({ id, username, password, contacts, ...account }: Account): object {
  const { formerName, blocked = [], asked = [], askedBy = [] } = account;
  return {
    id,
    username,
    password,
    contacts,
    ...(formerName !== undefined && { formerName }),
    ...(blocked.length > 0 && { blocked }),
    ...(asked.length > 0 && { asked }),
    ...(askedBy.length > 0 && { askedBy }),
  };
}

function toChat({ rev, changedRev, ...row }: StoredMessage): object {
  return row;
}

/** What does not open stays sealed. */
async function readable(cipher: Cipher, rows: StoredMessage[]): Promise<object[]> {
  const messages = await openMessages(cipher, rows);
  return rows.map((row, at) => {
    const message = messages[at];
    return message && !message.locked ? { ...message, readable: true } : toChat(row);
  });
}
