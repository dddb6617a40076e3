import { dirname, join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { realDisk } from '../../storage/lowdb/disk/disk.ts';

/** The public half of the recovery key: it seals backups and opens none. */
const FILE = 'core/recovery.pub';

/** The recipient that backups are sealed for, undefined before there is one. @throws a sentence when it is damaged */
export async function readRecipient(keysDir: string): Promise<string | undefined> {
  const path = join(keysDir, FILE);
  const text = (await realDisk.read(path))?.toString('utf8').trim();
  if (text === undefined || /^age1[02-9ac-hj-np-z]{58}$/.test(text)) return text;
  throw new Error(`${path} is damaged: make another with npm run backup -- --new-recovery-key.`);
}

/**
 * Makes a recovery key and keeps its public half, durably, in place of any before.
 * @returns the key itself, to be shown once and never kept; @throws a sentence when KEYS_DIR is not set up
 */
export async function makeRecoveryKey(keysDir: string): Promise<string> {
  const path = join(keysDir, FILE);
  if (!(await realDisk.list(dirname(path))).includes('token.key'))
    throw new Error(`There are no keys in ${keysDir}: start the box once, or set KEYS_DIR.`);
  const identity = await generateX25519Identity();
  const file = await realDisk.open(`${path}.tmp`, 'create');
  try {
    await file.write(Buffer.from(`${await identityToRecipient(identity)}\n`), 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await realDisk.rename(`${path}.tmp`, path);
  await realDisk.syncFolder(dirname(path));
  return identity;
}

/** The words that go with a new recovery key. */
export function presentKey(identity: string): string {
  return [
    '',
    'The recovery key of this box:',
    '',
    `  ${identity}`,
    '',
    'It opens every backup made from now on, with all keys and messages in it, and nothing else does.',
    'It is shown now and never again, and it is kept nowhere: write it down, and keep it away from the backups.',
    '',
    '',
  ].join('\n');
}
