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
 * Creates the missing files below `keysDir`: for the cipher its keyring, the private CA and the server's certificate; for
 * the core the CA's certificate, the client's certificate, the token key (32 random bytes) and the push key (a P-256
 * private key, 32 bytes). Files have mode 0600, folders 0700; existing files do not change. The order is fixed, and each
 * file is durable before the next, so that the next set-up completes an interrupted one.
 * `dataDir` contains the data that are sealed with the keyring: if there are data, no new keyring is created.
 * @returns the created files, relative to `keysDir`, in the order of their creation
 * @throws StartRefused naming a file or variable, when existing files do not match, or the folder cannot be used
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
  // The key of the CA may be stored elsewhere once all certificates are issued.
  if (!keys.has(AUTHORITY.cert) || keys.has(AUTHORITY.key)) await keys.placePair(AUTHORITY, issueAuthority);
  await keys.placePair(SERVER, (key) => issueServer(keys.read(AUTHORITY.key), key));
  keys.place(CORE_AUTHORITY, () => keys.read(AUTHORITY.cert));
  await keys.placePair(CLIENT, (key) => issueClient(keys.read(AUTHORITY.key), key));
  keys.place(TOKEN_KEY, () => randomBytes(32));
  keys.place(PUSH_KEY, newPushKey);
  for (const file of [SERVER.cert, CORE_AUTHORITY, CLIENT.cert]) keys.requireIssued(file, AUTHORITY.cert);
  keys.sweep();
  return keys.created;
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
  const isLost = created.includes(TOKEN_KEY) || created.includes(PUSH_KEY);
  if (!isLost || !DATABASE.some((name) => existsSync(join(dataDir, name)))) return undefined;
  return `${[TOKEN_KEY, PUSH_KEY].filter((file) => created.includes(file)).join(' and ')} was missing beside data and is made anew: everybody logs in again and turns notifications on again. No message is lost.`;
}

/** The keyring is created first: if it is missing beside other files it was lost, and a new one would hide that. */
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
    const created = await setUp(keysDir, dataDir);
    const loss = dataDir && lossOf(created, dataDir);
    if (loss) process.stderr.write(`${loss}\n`);
    process.stdout.write(created.length > 0 ? `Made ${created.join(', ')}.\n` : 'All keys are there.\n');
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : 'Set-up failed.'}\n`);
    process.exitCode = 1;
  }
}
