import type { Cipher } from '../../cipher/cipher.ts';
import type { BoxRows } from '../../storage/box-rows.ts';
import type { FileOfMessage } from '../../storage/lowdb/repair/integrity-scan-files.ts';
import type { AttachmentFiles } from '../../storage/store.ts';
import { Progress, print } from '../command.ts';
import { countMessages, openAccounts, openGroupNames, openPictures, openSample } from '../sample-check.ts';
import { openFileSample } from '../sample-files.ts';

/**
 * Opens a sample of what a copy holds: so many messages and files, and the names, profiles and pictures of all.
 * @throws Error with a sentence when something does not open
 */
export async function checkSample(
  copy: BoxRows,
  cipher: Cipher,
  { files, stored, sample }: { files: FileOfMessage[]; stored: AttachmentFiles; sample: string },
): Promise<void> {
  const total = countMessages(copy.state);
  const size = sample === 'all' ? total : Math.min(total, Number(sample));
  if (size === 0) return;
  const progress = new Progress('opened', size);
  const sampled = await openSample(copy, cipher, size, (done) => progress.show(done));
  const ofFiles = { size: Math.min(size, files.length), everyChunk: sample === 'all' };
  const opened = await openFileSample(stored, cipher, files, ofFiles);
  const pictures = await openPictures(copy, cipher);
  const faults = [
    ...sampled.faults,
    ...opened.faults,
    ...pictures.faults,
    ...(await openGroupNames(copy, cipher)),
    ...(await openAccounts(copy, cipher)),
  ];
  if (faults.length > 0)
    throw new Error(
      `In the copy ${faults[0]?.what}, and ${faults.length - 1} more: nothing was kept. Set KEYS_DIR to the keys of this box; npm run verify says whether it is so in the original.`,
    );
  const counted = (n: number, what: string) => (n > 0 ? `, ${n.toLocaleString('en')} ${what}` : '');
  print(
    `${sampled.opened.toLocaleString('en')} of ${size.toLocaleString('en')} messages opened${counted(sampled.deleted, 'are deleted')}${counted(sampled.locked, 'are locked, as they were stored')}${counted(opened.opened, 'files opened')}${counted(pictures.opened, 'pictures opened')}.`,
  );
}
