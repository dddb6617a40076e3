import { createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { relative, sep } from 'node:path';
import { createHmacSha256 } from './hmac.ts';

/** Bytes of an authentication code: HMAC-SHA-256 truncated to 128 bits (RFC 2104 §5), as 22 characters of base64url. */
const TAG_BYTES = 16;
export const TAG_CHARACTERS = 22;
const KEY_BYTES = 32;

/** What the codes are for, as a field with its length. */
const PURPOSE = '15 bisik/storage/1';
/** Written without the storage key, or with that of another box. */
export const FORGED = 'it was not written by this box: its authentication code is wrong';

/**
 * The key that authenticates DATA_DIR, which is not in it. `mayAdopt` allows a database without authentication, of format 6
 * or older, to be authenticated as it is.
 */
export type StorageKey = { key: KeyObject; mayAdopt: boolean };

/** For databases that no other program can write to: those in memory, and of tests. Its codes are mere checksums. */
export const KNOWN_KEY: StorageKey = { key: createSecretKey(Buffer.alloc(KEY_BYTES)), mayAdopt: true };

/** A history of this box, by its epoch: an earlier one ended at revision `until`, when a restore or repair began the next. */
export type Epoch = { epoch: string; until: number };

/** Kinds of rows whose pages meta.json lists, each page with the revision that it was written at. */
export type Catalog = Partial<Record<string, number[]>>;

/**
 * Computes and checks the authentication codes of one folder. `refuse` is the policy of a running box; a repair may `accept`
 * what was written without the key; a migration reads an older format, which has no codes (`none`).
 */
export class Authenticator {
  readonly mayAdopt: boolean;
  policy: 'refuse' | 'accept' | 'none' = 'refuse';
  /** The newest commit that is in memory: pages are written at this revision. */
  revision = 0;
  /** The highest revision of a page that was read. */
  newestPage = 0;
  /** Files with a wrong code that were accepted. */
  readonly accepted = new Set<string>();
  private readonly hmac: (prefix: string, content: Uint8Array) => Buffer;
  private readonly folder: string;
  private epochs: readonly Epoch[] = [];
  private readonly rowPages = new Map<string, number>();

  constructor(folder: string, { key, mayAdopt }: StorageKey) {
    this.folder = folder;
    this.hmac = createHmacSha256(key);
    this.mayAdopt = mayAdopt;
  }

  /** Uses the history of a database, and those before it. */
  use({ epoch, former = [] }: { epoch: string; former?: readonly Epoch[] }): void {
    this.epochs = [{ epoch, until: Number.POSITIVE_INFINITY }, ...former];
  }

  /** The code of a document: of a page at a revision, bound to its path and the history, or of meta.json. */
  tagDocument(path: string, body: Uint8Array): string {
    const name = this.nameOf(path);
    return this.tag(isMeta(name) ? ['meta'] : ['page', name, this.currentEpoch()], body);
  }

  /** Whether a document is that of this path, of this history or of an earlier one before its end. */
  isDocument(path: string, body: Uint8Array, tag: string | undefined, revision: number): boolean {
    const name = this.nameOf(path);
    if (isMeta(name)) return isSame(tag, this.tag(['meta'], body));
    return this.epochs.some(
      ({ epoch, until }) => revision <= until && isSame(tag, this.tag(['page', name, epoch], body)),
    );
  }

  /** The code of the first line of a journal file. */
  tagHeader(json: Uint8Array): string {
    return this.tag(['journal', this.currentEpoch()], json);
  }

  /** The history in which a journal file with the first revision `from` was begun; undefined when it is not authentic. */
  epochOfHeader(json: Uint8Array, tag: string | undefined, from: number): Epoch | undefined {
    return this.epochs.find(
      ({ epoch, until }) => from <= until + 1 && isSame(tag, this.tag(['journal', epoch], json)),
    );
  }

  /** The code of a line of the journal, which covers that of the line before it. */
  tagRecord(previous: string, json: Uint8Array): string {
    return this.tag(['record', previous], json);
  }

  /** Whether a line of the journal follows the line with the code `previous`. */
  isRecord(previous: string, json: Uint8Array, tag: string | undefined): boolean {
    return isSame(tag, this.tagRecord(previous, json));
  }

  /** Whether a history is the current one. */
  isCurrent({ epoch }: Epoch): boolean {
    return epoch === this.currentEpoch();
  }

  /** Records at which revision the page at a path was written. */
  recordPage(path: string, revision: number): void {
    this.newestPage = Math.max(this.newestPage, revision);
    if (/^(users|conversations|invites|uploads)\//.test(this.nameOf(path)))
      this.rowPages.set(this.nameOf(path), revision);
  }

  /** At which revision a page of rows was written; undefined when it was neither read nor written. */
  revisionOf(path: string): number | undefined {
    return this.rowPages.get(this.nameOf(path));
  }

  /** The pages of rows on the disk. */
  catalog(): Catalog {
    const catalog: Catalog = {};
    for (const [name, revision] of this.rowPages) {
      const [kind = '', file = ''] = name.split('/');
      const pages = catalog[kind] ?? [];
      pages[Number.parseInt(file, 10) - 1] = revision;
      catalog[kind] = pages;
    }
    return catalog;
  }

  private currentEpoch(): string {
    return this.epochs[0]?.epoch ?? '';
  }

  private nameOf(path: string): string {
    return relative(this.folder, path).split(sep).join('/');
  }

  /** Fields with their lengths, so that no two lists of fields give the same bytes, then the content. */
  private tag(fields: string[], content: Uint8Array): string {
    let prefix = PURPOSE;
    for (const field of fields) prefix += `${field.length} ${field}`;
    return this.hmac(`${prefix} `, content).toString('base64url', 0, TAG_BYTES);
  }
}

function isMeta(name: string): boolean {
  return name === 'meta.json' || name === 'meta.copy.json';
}

function isSame(found: string | undefined, expected: string): boolean {
  return found?.length === expected.length && timingSafeEqual(Buffer.from(found), Buffer.from(expected));
}

/** The authenticator of a folder. Without a key its codes are only checksums. */
export function authenticatorOf(folder: string, key: StorageKey = KNOWN_KEY): Authenticator {
  return new Authenticator(folder, key);
}
