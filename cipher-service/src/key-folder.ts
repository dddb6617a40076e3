import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ownFolder, placeFile, sweepTemporary } from './durable.ts';
import { StartRefused } from './errors.ts';
import { newPrivateKey } from './pki.ts';

/** A private key and its certificate, both PEM files. */
export type Pair = { readonly key: string; readonly cert: string };

const PARTS = ['cipher', 'core'];

/** KEYS_DIR (an absolute path) while it is being filled; files are named relative to it. */
export class KeyFolder {
  /** The files made, in the order of their making. */
  readonly made: string[] = [];
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
    for (const part of PARTS) ownFolder(join(root, part));
  }

  has(file: string): boolean {
    return existsSync(this.path(file));
  }

  path(file: string): string {
    return join(this.#root, file);
  }

  /** @throws StartRefused when it is not there */
  read(file: string): string {
    if (!this.has(file)) throw new StartRefused(`${this.path(file)} is needed and is not there.`);
    return readFileSync(this.path(file), 'utf8');
  }

  /** Makes the file when it is missing. */
  place(file: string, make: () => string | Uint8Array): void {
    if (!this.has(file) && placeFile(this.path(file), make())) this.made.push(file);
  }

  /** Makes what is missing of a pair: the key first, then a certificate issued for the key that lies on the disk. */
  async placePair({ key, cert }: Pair, issue: (key: string) => string): Promise<void> {
    if (!this.has(key)) {
      // A certificate whose key is gone serves nobody, and must not stand beside another key.
      rmSync(this.path(cert), { force: true });
      const pem = await newPrivateKey();
      this.place(key, () => pem);
    }
    this.place(cert, () => issue(this.read(key)));
  }

  /** @throws StartRefused when the certificate was not signed by the key of the CA's certificate */
  requireIssued(file: string, authority: string): void {
    const { publicKey } = this.#certificate(authority);
    if (!this.#certificate(file).verify(publicKey))
      throw new StartRefused(
        `${this.path(file)} is not of the CA in ${this.path(authority)}: remove it and run set-up again.`,
      );
  }

  #certificate(file: string): X509Certificate {
    try {
      return new X509Certificate(this.read(file));
    } catch (cause) {
      throw new StartRefused(`${this.path(file)} is damaged: it does not read as a certificate.`, { cause });
    }
  }

  /** Removes what a power failure left half-written. */
  sweep(): void {
    for (const part of PARTS) sweepTemporary(this.path(part));
  }
}
