import { createECDH, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CERTIFICATE_FILES, completeCertificates } from './certificates.ts';
import { readConfig } from './config.ts';
import { replaceFile } from './durable.ts';
import { StartRefused } from './errors.ts';
import { KeyFolder, keyFolderError } from './key-folder.ts';
import { newDataKey, printKeyring } from './keyring.ts';
import { readPassphrase } from './passphrase.ts';
import { isSealedKeyring, openKeyring, sealKeyring } from './sealed-keyring.ts';

export const KEYRING = 'cipher/keyring.json';
export const TOKEN_KEY = 'core/token.key';
export const TOKEN_KEY_BYTES = 32;
const STORAGE_KEY = 'core/storage.key';
const STORAGE_KEY_BYTES = 32;
/** Beside the storage key while the data may be of a version without authentication codes: the core then adds them once. */
const ADOPT = 'core/storage.adopt';
const PUSH_KEY = 'core/push.key';

/**
 * Creates the missing files below `keysDir`: for the cipher its keyring; the certificates of both services, all of them when
 * one is missing; for the core the storage key and the token key (32 random bytes each) and the push key (a P-256 private key,
 * 32 bytes). Files have
 * mode 0600, folders 0700; other existing files do not change. The order is fixed, and each file is durable before the
 * next, so that the next set-up completes an interrupted one.
 * `dataDir` contains the data that are sealed with the keyring: if there are data, no new keyring is created.
 * A `passphrase` seals the keyring, also one that is there already.
 * @returns the created files, relative to `keysDir`, in the order of their creation
 * @throws StartRefused naming a file or variable, when existing files do not match, or the folder cannot be used
 */
export async function setUp(keysDir: string, dataDir?: string, passphrase?: Buffer): Promise<string[]> {
  try {
    return await makeMissing(resolve(keysDir), dataDir, passphrase);
  } catch (error) {
    throw keyFolderError(keysDir, error);
  }
}

async function makeMissing(
  keysDir: string,
  dataDir: string | undefined,
  passphrase: Buffer | undefined,
): Promise<string[]> {
  if (dataDir !== undefined) requireKeyringOfData(join(keysDir, KEYRING), dataDir);
  const keys = new KeyFolder(keysDir);
  requireKeyringOfOlderFiles(keys);
  if (!keys.has(KEYRING)) keys.place(KEYRING, newKeyring(passphrase));
  else if (passphrase) sealExistingKeyring(keys.path(KEYRING), passphrase);
  await completeCertificates(keys);
  placeStorageKey(keys, dataDir);
  keys.place(TOKEN_KEY, randomBytes(TOKEN_KEY_BYTES));
  if (!keys.has(PUSH_KEY)) keys.place(PUSH_KEY, newPushKey());
  keys.sweep();
  return keys.created;
}

/** Data of a version that had no storage key may get their codes once: until the next set-up finds that they have them. */
function placeStorageKey(keys: KeyFolder, dataDir: string | undefined): void {
  const isOlder = dataDir !== undefined && isUnauthenticated(dataDir);
  if (!keys.has(STORAGE_KEY) && isOlder) keys.place(ADOPT, '');
  else if (keys.has(ADOPT) && !isOlder) keys.remove(ADOPT);
  keys.place(STORAGE_KEY, randomBytes(STORAGE_KEY_BYTES));
}

/** The last format of the database without authentication codes. */
const LAST_UNAUTHENTICATED = 6;

function isUnauthenticated(dataDir: string): boolean {
  const files = ['meta.json', 'meta.copy.json', 'db.json']
    .map((name) => join(dataDir, name))
    .filter((one) => existsSync(one));
  return files.some((file) => {
    const version = Number(/"version":\s*(\d+)/.exec(readFileSync(file, 'utf8'))?.[1]);
    return version <= LAST_UNAUTHENTICATED;
  });
}

function newKeyring(passphrase: Buffer | undefined): string {
  const plain = printKeyring([newDataKey(Date.now())]);
  return passphrase ? sealKeyring(Buffer.from(plain), passphrase) : plain;
}

/** Seals a keyring of a box that had no passphrase before, or that an earlier version sealed at a lower cost. */
function sealExistingKeyring(file: string, passphrase: Buffer): void {
  const bytes = readFileSync(file);
  if (isSealedKeyring(bytes)) return;
  const opened = openKeyring(bytes, passphrase, file);
  replaceFile(file, sealKeyring(opened, passphrase));
  opened.fill(0);
}

/** Pads the key with the leading zeros that OpenSSL omits. */
function newPushKey(): Uint8Array {
  const pair = createECDH('prime256v1');
  pair.generateKeys();
  return Buffer.from(pair.getPrivateKey('hex').padStart(64, '0'), 'hex');
}

/** Names in every database of Bisik. A `db.json` of the original project is not sealed with a keyring. */
const DATABASE = ['meta.json', 'users', 'journal'];

/** Refuses data without their keyring: a new one could not open them, would hide the loss and seal new rows. */
function requireKeyringOfData(keyring: string, dataDir: string): void {
  if (existsSync(keyring) || !DATABASE.some((name) => existsSync(join(dataDir, name)))) return;
  throw new StartRefused(
    `${keyring} is missing, and what ${dataDir} holds was sealed with it and opens with no other: restore it from a backup (KEYS_DIR and DATA_DIR name these folders). To begin anew, move what is in DATA_DIR away.`,
  );
}

/** Describes for people what it means that a set-up replaced lost session keys; undefined when it did not. */
export function lossOf(created: string[], dataDir: string): string | undefined {
  if (created.includes(STORAGE_KEY) && existsSync(join(dataDir, 'meta.json')) && !isUnauthenticated(dataDir))
    return `${STORAGE_KEY} was missing beside data that are authenticated with it, and is made anew: the box does not start with it. Put it back from a backup, or repair the data and accept its changes (docs/commands.md).`;
  const isLost = created.includes(TOKEN_KEY) || created.includes(PUSH_KEY);
  if (!isLost || !DATABASE.some((name) => existsSync(join(dataDir, name)))) return undefined;
  return `${[TOKEN_KEY, PUSH_KEY].filter((file) => created.includes(file)).join(' and ')} was missing beside data and is made anew: everybody logs in again and turns notifications on again. No message is lost.`;
}

/** The keyring is created first: if it is missing beside other files it was lost, and a new one would hide that. */
function requireKeyringOfOlderFiles(keys: KeyFolder): void {
  const older = CERTIFICATE_FILES.some((file) => keys.has(file));
  if (older && !keys.has(KEYRING))
    throw new StartRefused(
      `${keys.path(KEYRING)} is missing beside older keys, and no stored message opens without it: restore it from a backup, or remove the older keys to begin anew.`,
    );
}

if (import.meta.main) {
  try {
    const config = readConfig();
    const { keysDir, dataDir } = config;
    const created = await setUp(keysDir, dataDir, readPassphrase(config));
    const loss = dataDir && lossOf(created, dataDir);
    if (loss) process.stderr.write(`${loss}\n`);
    process.stdout.write(created.length > 0 ? `Made ${created.join(', ')}.\n` : 'All keys are there.\n');
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : 'Set-up failed.'}\n`);
    process.exitCode = 1;
  }
}
