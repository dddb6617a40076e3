import { createECDH, randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { readConfig } from './config.ts';
import { StartRefused } from './errors.ts';
import { KeyFolder, type Pair } from './key-folder.ts';
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
 * @returns the files made, relative to `keysDir`, in the order of their making
 * @throws StartRefused when what is there does not fit together, naming the file
 */
export async function setUp(keysDir: string): Promise<string[]> {
  const keys = new KeyFolder(resolve(keysDir));
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
    const made = await setUp(readConfig().keysDir);
    process.stdout.write(made.length > 0 ? `Made ${made.join(', ')}.\n` : 'All keys are there.\n');
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : 'Set-up failed.'}\n`);
    process.exitCode = 1;
  }
}
