import { createECDH, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readConfig } from './config.ts';
import { StartRefused } from './errors.ts';
import { KeyFolder, keyFolderError, type Pair } from './key-folder.ts';
import { newDataKey, printKeyring } from './keyring.ts';
import { issueAuthority, issueClient, issueServer } from './pki.ts';

const KEYRING = 'cipher/keyring.json';
const AUTHORITY: Pair = { key: 'cipher/ca.key.pem', cert: 'cipher/ca.pem' };
const SERVER: Pair = { key: 'cipher/server.key.pem', cert: 'cipher/server.pem' };
const CORE_AUTHORITY = 'core/ca.pem';
const CLIENT: Pair = { key: 'core/client.key.pem', cert: 'core/client.pem' };
const TOKEN_KEY = 'core/token.key';
const PUSH_KEY = 'core/push.key';

/**
 * Makes what is missing below `keysDir`: for the cipher its keyring, the private CA and the server's certificate, for
 * the core the CA's certificate, the client's certificate, the token key (32 random bytes) and the push key (a private key of P-256, 32 bytes). Files are 0600, folders
 * 0700, and what is there stays as it is. They come into being in one fixed order, each durable before the next, so that
 * a set-up cut off by a power failure is completed by the next one.
 * `dataDir` is where the core keeps what is sealed with the keyring: beside data no new keyring is made.
 * @returns the files made, relative to `keysDir`, in the order of their making
 * @throws StartRefused when what is there does not fit together, or the folder cannot be used, naming file or variable
 */
export async function setUp(keysDir: string, dataDir?: string): Promise<string[]> {
  try {
    return await makeMissing(resolve(keysDir), dataDir);
  } catch (error) {
    throw keyFolderError(keysDir, error);
  }
}

async function makeMissing(keysDir: string, dataDir: string | undefined): Promise<string[]> {
  if (dataDir !== undefined) requireKeyringOfData(join(keysDir, KEYRING), dataDir);
  const keys = new KeyFolder(keysDir);
  requireKeyringOfOlderFiles(keys);
  keys.place(KEYRING, () => printKeyring([newDataKey(Date.now())]));
  // The key of the CA may be kept elsewhere once everything is issued.
  if (!keys.has(AUTHORITY.cert) || keys.has(AUTHORITY.key)) await keys.placePair(AUTHORITY, issueAuthority);
  await keys.placePair(SERVER, (key) => issueServer(keys.read(AUTHORITY.key), key));
  keys.place(CORE_AUTHORITY, () => keys.read(AUTHORITY.cert));
  await keys.placePair(CLIENT, (key) => issueClient(keys.read(AUTHORITY.key), key));
  keys.place(TOKEN_KEY, () => randomBytes(32));
  keys.place(PUSH_KEY, newPushKey);
  for (const file of [SERVER.cert, CORE_AUTHORITY, CLIENT.cert]) keys.requireIssued(file, AUTHORITY.cert);
  keys.sweep();
  return keys.made;
}

/** OpenSSL leaves out zeros at the beginning, which belong to the key. */
function newPushKey(): Uint8Array {
  const pair = createECDH('prime256v1');
  pair.generateKeys();
  return Buffer.from(pair.getPrivateKey('hex').padStart(64, '0'), 'hex');
}

/** What a database of ours has from its first start on; a `db.json` of the original is not sealed with a keyring. */
const DATABASE = ['meta.json', 'users', 'journal'];

/** Data whose keyring is gone opens with no other: a new one would hide that, and seal what is written from now on. */
function requireKeyringOfData(keyring: string, dataDir: string): void {
  if (existsSync(keyring) || !DATABASE.some((name) => existsSync(join(dataDir, name)))) return;
  throw new StartRefused(
    `${keyring} is missing, and what ${dataDir} holds was sealed with it and opens with no other: restore it from a backup (KEYS_DIR and DATA_DIR name these folders). To begin anew, move what is in DATA_DIR away.`,
  );
}

/** Whether a set-up made keys of sessions anew beside data, and what that means for people. */
export function lossOf(made: string[], dataDir: string): string | undefined {
  const isLost = made.includes(TOKEN_KEY) || made.includes(PUSH_KEY);
  if (!isLost || !DATABASE.some((name) => existsSync(join(dataDir, name)))) return undefined;
  return `${[TOKEN_KEY, PUSH_KEY].filter((file) => made.includes(file)).join(' and ')} was missing beside data and is made anew: everybody logs in again and turns notifications on again. No message is lost.`;
}

/** The keyring is the first file made: where it is missing beside others it was lost, and a new one would hide that. */
function requireKeyringOfOlderFiles(keys: KeyFolder): void {
  const issued = [AUTHORITY, SERVER, CLIENT].flatMap(({ key, cert }) => [key, cert]);
  const older = [...issued, CORE_AUTHORITY].some((file) => keys.has(file));
  if (older && !keys.has(KEYRING))
    throw new StartRefused(
      `${keys.path(KEYRING)} is missing beside older keys, and no stored message opens without it: restore it from a backup, or remove the older keys to begin anew.`,
    );
}

if (import.meta.main) {
  try {
    const { keysDir, dataDir } = readConfig();
    const made = await setUp(keysDir, dataDir);
    const loss = dataDir && lossOf(made, dataDir);
    if (loss) process.stderr.write(`${loss}\n`);
    process.stdout.write(made.length > 0 ? `Made ${made.join(', ')}.\n` : 'All keys are there.\n');
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : 'Set-up failed.'}\n`);
    process.exitCode = 1;
  }
}
