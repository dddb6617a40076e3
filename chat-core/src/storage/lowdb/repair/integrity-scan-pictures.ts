import { join } from 'node:path';
import type { Id } from '../../../wire/wire.ts';
import type { Disk } from '../disk/disk.ts';
import { CorruptionError } from '../pages/page-file.ts';
import { Pictures } from '../pages/pictures.ts';
import type { State } from '../state/state.ts';
import type { Note } from './integrity-scan-journal.ts';
import { allAccounts } from './integrity-scan-people.ts';

/**
 * Looks for every picture an account names. One that is gone is noted, and its account has none then.
 * @returns the people whose picture is lost
 */
export async function scanPictures(disk: Disk, folder: string, state: State, note: Note): Promise<Id[]> {
  const pictures = new Pictures(disk, join(folder, 'pictures'));
  const lost: Id[] = [];
  for (const { id } of allAccounts(state)) {
    const account = state.account(id);
    if (!account?.profile?.picture) continue;
    try {
      await pictures.read(state, id);
    } catch (error) {
      if (!(error instanceof CorruptionError)) throw error;
      note(error.path, error.offset, 'the picture that its account names is not in it');
      const { picture: _, ...profile } = account.profile;
      state.putAccount({ ...account, profile });
      lost.push(id);
    }
  }
  return lost;
}
