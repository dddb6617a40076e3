import { dirname, join } from 'node:path';
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { realDisk } from '../../storage/lowdb/disk/disk.ts';

/** The public half of the recovery key: it encrypts backups and cannot decrypt them. */
const FILE = 'core/recovery.pub';

/** The recipient of this server's backups, undefined before there is one. @throws Error when the file is damaged */
export async function readRecipient(keysDir: string): Promise<string | undefined> {
  const path = join(keysDir, FILE);
  const text = (await realDisk.read(path))?.toString('utf8').trim();
  if (text === undefined || /^age1[02-9ac-hj-np-z]{58}$/.test(text)) return text;
  throw new Error(`${path} is damaged: make another with npm run backup -- --new-recovery-key.`);
}

/**
 * Creates a recovery key and stores its public half durably, replacing the one before.
 * @returns the key itself, to be shown once and never stored; @throws Error when KEYS_DIR is not set up
 */
export async function createRecoveryKey(keysDir: string): Promise<string> {
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

/** The text that presents a new recovery key. */
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

/** Encrypts a stream for recipients (`age1…`), each of whom opens it, in the age format (C2SP age v1): the tool `age` opens it too. */
export function encryptFor(
  ...recipients: string[]
): (source: AsyncIterable<Buffer>) => AsyncGenerator<Uint8Array> {
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  return async function* (source) {
    yield* await encrypter.encrypt(ReadableStream.from(source));
  };
}

/**
 * Decrypts a stream with a recovery key (`AGE-SECRET-KEY-1…`). Each chunk of 64 KiB is authenticated before it is passed
 * on, and so is the end of the stream. @throws Error with one sentence when it does not open
 */
export function decryptWith(identity: string): (source: AsyncIterable<Buffer>) => AsyncGenerator<Uint8Array> {
  const decrypter = new Decrypter();
  try {
    decrypter.addIdentity(identity);
  } catch {
    throw new Error('This is no recovery key: it begins with AGE-SECRET-KEY-1 and has 74 characters.');
  }
  return async function* (source) {
    const opened = await decrypter.decrypt(ReadableStream.from(source)).catch((cause: Error) => {
      const closed = cause.message.startsWith('no identity matched');
      throw closed
        ? new Error('This recovery key does not open this backup: another key belongs to it.', { cause })
        : new Error('This file is no backup, or it was altered.', { cause });
    });
    try {
      yield* opened;
    } catch (cause) {
      throw new Error('The backup was altered or is not complete: it was not opened to its end.', { cause });
    }
  };
}
