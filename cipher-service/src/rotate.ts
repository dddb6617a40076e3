/** `npm run rotate-keys`: replaces keys of this box while it runs. Both services notice within seconds. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { rotateCertificates } from './certificates.ts';
import { readConfig } from './config.ts';
import { replaceFile } from './durable.ts';
import { StartRefused } from './errors.ts';
import { KeyFolder, keyFolderError } from './key-folder.ts';
import { listKeys, withNewestKey, withNewKey } from './keyring.ts';
import { readPassphrase } from './passphrase.ts';
import { openKeyring, sealKeyring } from './sealed-keyring.ts';
import { KEYRING, TOKEN_KEY, TOKEN_KEY_BYTES } from './setup.ts';

const USAGE = `rotate-keys [status | data | remove-old | certificates | tokens [--at-once] | unseal]

  status        print the data keys, and whether everything is sealed with the newest
  data          make a new data key; the box seals everything anew with it in the background
  remove-old    remove the older data keys, once everything is sealed with the newest
  certificates  replace the certificates between the two services, and their private CA
  tokens        make a new key for the tokens of sessions; those of the former one stay valid for
                their 30 days. With --at-once they end now, and everybody logs in again
  unseal        store the keyring without the passphrase of KEYRING_PASSPHRASE_FILE
  --help        print this

The box may run meanwhile. Make a backup afterwards: older ones contain the older keys.
`;

/** The key with which tokens were signed before the last rotation. */
export const PREVIOUS_TOKEN_KEY = 'core/token.previous.key';
/** The two copies of the file of the database that names the key with which everything is sealed. */
const META_FILES = ['meta.json', 'meta.copy.json'];

type Folders = { keysDir: string; dataDir: string | undefined; passphrase?: Buffer | undefined };

/** Describes the data keys for people, the oldest first. @throws StartRefused */
export function describeKeys(folders: Folders): string {
  const keys = keysIn(folders);
  const newest = keys.at(-1)?.kid;
  const lines = keys.map(
    ({ kid, created }) =>
      `${kid}  made ${new Date(created).toISOString().slice(0, 10)}${kid === newest ? ', seals' : ', opens only'}`,
  );
  if (keys.length > 1)
    lines.push(
      isSealedWith(folders, newest)
        ? 'Everything is sealed with the newest: remove-old removes the others.'
        : 'The box is sealing what the older keys hold anew. Run it until this says that it is done.',
    );
  return lines.join('\n');
}

/** Makes a new data key. @returns its kid @throws StartRefused when the last rotation is not finished */
export function rotateDataKey(folders: Folders, now = Date.now()): string {
  if (keysIn(folders).length > 1)
    throw new StartRefused(
      'The last rotation is not finished: run status until everything is sealed with the newest key, then remove-old.',
    );
  rewriteKeyring(folders, (bytes, file) => withNewKey(bytes, file, now));
  return keysIn(folders).at(-1)?.kid ?? '';
}

/** Removes all data keys but the newest. @returns how many @throws StartRefused when something may be sealed with them */
export function removeOlderKeys(folders: Folders): number {
  const keys = keysIn(folders);
  if (keys.length === 1) return 0;
  if (!isSealedWith(folders, keys.at(-1)?.kid))
    throw new StartRefused(
      'Something may still be sealed with an older key: run the box until status says that it is done.',
    );
  rewriteKeyring(folders, withNewestKey);
  return keys.length - 1;
}

/** Makes a new token key. The former one stays valid beside it, except `atOnce`. */
export function rotateTokenKey({ keysDir }: Folders, atOnce: boolean): void {
  const keys = new KeyFolder(keysDir);
  const former = readFileSync(keys.path(TOKEN_KEY));
  keys.remove(PREVIOUS_TOKEN_KEY);
  if (!atOnce) keys.place(PREVIOUS_TOKEN_KEY, former);
  replaceFile(keys.path(TOKEN_KEY), randomBytes(TOKEN_KEY_BYTES));
}

/** Stores the keyring without a passphrase, as of a box that never had one. @throws StartRefused */
export function unsealKeyring(folders: Folders): void {
  withKeyring(folders, (opened) => replaceFile(join(folders.keysDir, KEYRING), opened));
}

function keysIn(folders: Folders) {
  return withKeyring(folders, listKeys);
}

function rewriteKeyring(folders: Folders, change: (bytes: Buffer, file: string) => string): void {
  const { keysDir, passphrase } = folders;
  const text = withKeyring(folders, change);
  replaceFile(join(keysDir, KEYRING), passphrase ? sealKeyring(Buffer.from(text), passphrase) : text);
}

/** @throws StartRefused when there is no keyring, or it does not open */
function withKeyring<T>({ keysDir, passphrase }: Folders, use: (bytes: Buffer, file: string) => T): T {
  const file = join(keysDir, KEYRING);
  if (!existsSync(file)) throw new StartRefused(`There is no ${file}: start the box once, or set KEYS_DIR.`);
  const opened = openKeyring(readFileSync(file), passphrase, file);
  try {
    return use(opened, file);
  } finally {
    opened.fill(0);
  }
}

/** Whether the core has recorded, in both copies, that nothing is sealed with another key. */
function isSealedWith({ dataDir }: Folders, kid: string | undefined): boolean {
  if (dataDir === undefined) throw new StartRefused('DATA_DIR must name the data folder of the box.');
  return META_FILES.every((name) => {
    const file = join(dataDir, name);
    if (!statSync(file, { throwIfNoEntry: false }))
      throw new StartRefused(`There is no database in ${dataDir}: start the box once, or set DATA_DIR.`);
    return /"sealedWith":\s*"([\w-]+)"/.exec(readFileSync(file, 'utf8'))?.[1] === kid;
  });
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: 'boolean' }, 'at-once': { type: 'boolean' } },
  });
  const [what = 'status', ...more] = positionals;
  const atOnce = values['at-once'] ?? false;
  const isKnown = ['status', 'data', 'remove-old', 'unseal', 'certificates', 'tokens'].includes(what);
  if (values.help || !isKnown || more.length > 0 || (atOnce && what !== 'tokens')) {
    process.stdout.write(USAGE);
    if (!values.help) process.exitCode = 2;
    return;
  }
  const config = readConfig();
  const { keysDir, dataDir = './data' } = config;
  const folders = { keysDir, dataDir: resolve(dataDir), passphrase: readPassphrase(config) };
  process.stdout.write(`${await run(what, folders, atOnce)}\n`);
}

async function run(what: string, folders: Folders, atOnce: boolean): Promise<string> {
  try {
    switch (what) {
      case 'data':
        return `The new data key is ${rotateDataKey(folders)}. The box seals everything anew with it; status says when it is done.`;
      case 'remove-old': {
        const removed = removeOlderKeys(folders);
        return removed === 0 ? 'There is no older key.' : `Removed ${removed}: only the newest is left.`;
      }
      case 'unseal':
        unsealKeyring(folders);
        return 'The keyring is stored without a passphrase: unset KEYRING_PASSPHRASE_FILE now.';
      case 'certificates':
        await rotateCertificates(new KeyFolder(folders.keysDir));
        return 'The certificates and their CA are new.';
      case 'tokens':
        rotateTokenKey(folders, atOnce);
        return atOnce
          ? 'The token key is new: everybody logs in again.'
          : 'The token key is new: sessions stay, and get new tokens.';
      default:
        return describeKeys(folders);
    }
  } catch (error) {
    throw keyFolderError(folders.keysDir, error);
  }
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : 'The keys could not be rotated.'}\n`);
    process.exitCode = 1;
  }
}
