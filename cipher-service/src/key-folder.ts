import { X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ownFolder, placeFile, removeFile, replaceFile, sweepTemporary } from './durable.ts';
import { StartRefused } from './errors.ts';

const PARTS = ['cipher', 'core'];
/** Where cipher-service remembers positions: the mount point of a volume of its own in containers. */
const COUNTER = 'cipher/counter';
/** Names of keys and certificates, of the public recovery key, and of files that a restore or a power failure leaves. */
const OWN_NAMES =
  /^(keyring\.json|(ca|server|client)(\.key)?\.pem|certificates\.new\.json|(token(\.previous)?|push|storage)\.key|storage\.adopt|counter|backup\..*|recovery.*|(before-)?restore-.*|.*\.tmp)$/;

/** By error code: what a system error means for KEYS_DIR, and the remedy. */
const ERROR_REASONS: Record<string, string> = {
  ENOTDIR: 'is no folder, or lies below a file',
  EEXIST: 'is no folder, or a link that leads nowhere',
  ENOENT: 'cannot be made, or is a link that leads nowhere',
  ELOOP: 'is a link that leads back to itself',
  EACCES: 'may not be read or written by this user: give it to this user (chown)',
  EPERM:
    'lies on a file system without owners or links, such as FAT or exFAT, or belongs to another user: use one such as ext4, give it to this user (chown)',
  EROFS: 'can only be read: mount its file system writable',
  ENOSPC: 'lies on a full disk: make room on it',
  EDQUOT: 'lies on a disk whose quota is used up: make room on it',
};

/** Turns a system error about KEYS_DIR into a sentence. Returns other errors unchanged. */
export function keyFolderError(root: string, error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return error;
  const reason = ERROR_REASONS[code] ?? `cannot be used (${code})`;
  return new StartRefused(`KEYS_DIR ${root} ${reason}, or set KEYS_DIR to another folder.`, { cause: error });
}

/** KEYS_DIR (an absolute path) during a set-up. Files are named relative to it. */
export class KeyFolder {
  /** The created files, in the order of their creation. */
  readonly created: string[] = [];
  readonly #root: string;

  /** @throws StartRefused, or a system error, when the folder cannot be used */
  constructor(root: string) {
    this.#root = root;
    for (const part of PARTS) this.#take(join(root, part));
    ownFolder(join(root, COUNTER));
  }

  /** Creates a folder, or accepts one that is empty or has keys in it; the mode of another folder does not change. */
  #take(path: string): void {
    const names = existsSync(path) && statSync(path).isDirectory() ? readdirSync(path) : [];
    if (names.length > 0 && !names.some((name) => OWN_NAMES.test(name)))
      throw new StartRefused(
        `KEYS_DIR ${this.#root} holds other things in ${path}: set KEYS_DIR to a folder that is new or empty.`,
      );
    ownFolder(path);
    if ((statSync(path).mode & 0o077) !== 0)
      throw new StartRefused(
        `KEYS_DIR ${this.#root} lies on a file system without owners, such as FAT or exFAT, where anybody could read keys: set KEYS_DIR to a folder on one such as ext4.`,
      );
  }

  has(file: string): boolean {
    return existsSync(this.path(file));
  }

  path(file: string): string {
    return join(this.#root, file);
  }

  /** @throws StartRefused when the file does not exist */
  read(file: string): string {
    if (!this.has(file)) throw new StartRefused(`${this.path(file)} is needed and is not there.`);
    return readFileSync(this.path(file), 'utf8');
  }

  /** Creates the file, if it is missing. */
  place(file: string, bytes: string | Uint8Array): void {
    if (placeFile(this.path(file), bytes)) this.created.push(file);
  }

  /** Creates the file, or replaces it where its bytes are others. */
  put(file: string, bytes: string): void {
    if (!this.has(file)) this.place(file, bytes);
    else if (this.read(file) !== bytes) {
      replaceFile(this.path(file), bytes);
      this.created.push(file);
    }
  }

  /** Removes the file, if it exists. */
  remove(file: string): void {
    if (this.has(file)) removeFile(this.path(file));
    const index = this.created.indexOf(file);
    if (index >= 0) this.created.splice(index, 1);
  }

  /** @throws StartRefused when the certificate was not signed by the key of the CA's certificate */
  requireIssued(file: string, authority: string): void {
    const { publicKey } = this.#certificate(authority);
    if (!this.#certificate(file).verify(publicKey))
      throw new StartRefused(
        `${this.path(file)} is not of the CA in ${this.path(authority)}: remove it and run set-up again.`,
      );
  }

  /** The type of the public key in a certificate. @throws StartRefused when it is damaged */
  keyTypeOf(file: string): string | undefined {
    return this.#certificate(file).publicKey.asymmetricKeyType;
  }

  #certificate(file: string): X509Certificate {
    try {
      return new X509Certificate(this.read(file));
    } catch (cause) {
      throw new StartRefused(`${this.path(file)} is damaged: it does not read as a certificate.`, { cause });
    }
  }

  /** Removes the temporary files that a power failure left. */
  sweep(): void {
    for (const part of PARTS) sweepTemporary(this.path(part));
  }
}
