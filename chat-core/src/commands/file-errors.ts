const WHY: Record<string, string> = {
  EROFS: 'nothing can be written there (read-only)',
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of the path is no folder',
  EISDIR: 'it is a folder',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk is full',
  EIO: 'the disk fails',
  EPIPE: 'the reader went away',
};

/** What to do about it, by the kind of access. */
const CURE = {
  read: 'Give a path that this user may read. In Docker, mount the file: -v "$PWD/<file>:/<file>:ro", readable for all.',
  write: 'Give a path that this user may write, or "-" for standard output, and send that into a file.',
};

/**
 * The errno of a file that a person named, or of its temporary neighbour, as a sentence with its path and the cure; any
 * other error, of another file too, as it is.
 */
export function explainFileError(error: unknown, path: string, access: 'read' | 'write'): Error {
  const { code = '', path: at = path } = error as NodeJS.ErrnoException;
  if (!Object.hasOwn(WHY, code) || !at.startsWith(path)) return error as Error;
  const verb = access === 'read' ? 'read' : 'written';
  return new Error(`${path} cannot be ${verb}: ${WHY[code]}. ${CURE[access]}`, { cause: error });
}
