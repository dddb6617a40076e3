import type { Readable } from 'node:stream';
import type { BackupErrorCode } from '../../wire/owner.ts';

/** A file at a target, by its name below the target: `bisik-….age`, `attachments/<conversation>/<id>`. */
export type TargetFile = { name: string; size: number };

/** A local file to be stored, with its SHA-256 in hex. */
export type LocalFile = { path: string; size: number; sha256: string };

/** A failed backup: a code for the page and one sentence for the log and the command line. */
export class BackupError extends Error {
  readonly code: BackupErrorCode;
  constructor(code: BackupErrorCode, sentence: string, cause?: unknown) {
    super(sentence, { cause });
    this.code = code;
  }
}

/** Where backups are stored. Every method throws BackupError. */
export interface Target {
  /** Where it is, without names of users and keys. */
  readonly label: string;
  /** The device of its file system, where it is a folder of this machine. */
  device?(): Promise<number>;
  /** All files with names of backups at the top, and all sealed files, in any order. */
  list(): Promise<TargetFile[]>;
  /** Stores a file under a name: it has the name only when all of it is stored and its size was checked. */
  put(name: string, file: LocalFile): Promise<void>;
  /** The bytes of a file. */
  get(name: string): Promise<Readable>;
  /** Removes a file; one that is not there is no error. */
  remove(name: string): Promise<void>;
}

/** The only names that a target holds of ours: nothing else is listed, and so nothing else is ever removed. */
const NAME =
  /^(bisik-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.(age|files)|attachments\/(?!\.)[\w.-]{1,240}\/[\w-]{1,240})(\.unfinished)?$/;

/** Whether a backup may have written a file of this name. */
export function isOwnName(name: string): boolean {
  return NAME.test(name);
}
