import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { StartRefused } from './errors.ts';
import { type Keyring, parseKeyring } from './keyring.ts';
import { openKeyring } from './sealed-keyring.ts';

/** The credentials of the running service: its TLS key and certificate, the CA that it trusts (PEM), its keyring. */
export type Identity = { key: Buffer; cert: Buffer; ca: Buffer; keyring: Keyring };

/**
 * Reads `KEYS_DIR/cipher`; `passphrase` opens the keyring if it is sealed.
 * @throws StartRefused naming the file that is missing, open to other users, damaged or of another pair
 */
export function loadIdentity(keysDir: string, passphrase?: Buffer): Identity {
  const path = (name: string) => join(keysDir, 'cipher', name);
  const keyringFile = readPrivate(path('keyring.json'));
  const opened = openKeyring(keyringFile, passphrase, path('keyring.json'));
  const keyring = parseKeyring(opened, path('keyring.json'));
  keyringFile.fill(0);
  opened.fill(0);
  const key = readPrivate(path('server.key.pem'));
  const cert = read(path('server.pem'));
  const ca = read(path('ca.pem'));
  const privateKey = parse(path('server.key.pem'), () => createPrivateKey(key));
  const authority = parse(path('ca.pem'), () => new X509Certificate(ca));
  const own = parse(path('server.pem'), () => new X509Certificate(cert));
  if (!own.checkPrivateKey(privateKey) || !own.verify(authority.publicKey))
    throw new StartRefused(`${path('server.pem')} does not belong to the key and the CA beside it.`);
  return { key, cert, ca, keyring };
}

function readPrivate(path: string): Buffer {
  const bytes = read(path);
  requirePrivate(path);
  return bytes;
}

function requirePrivate(path: string): void {
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o077) !== 0)
    throw new StartRefused(`${path} is open to other users (mode ${mode.toString(8)}): make it 600.`);
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new StartRefused(`${path} cannot be read: run set-up first, as the user of this service.`, {
      cause,
    });
  }
}

function parse<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new StartRefused(`${path} is damaged: restore it from a backup.`, { cause });
  }
}
