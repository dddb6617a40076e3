const REASONS: Record<string, string> = {
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

const REMEDIES = {
  read: 'Give a path that this user may read. In Docker, mount the file: -v "$PWD/<file>:/<file>:ro", readable for all.',
  write: 'Give a path that this user may write, or "-" for standard output, and send that into a file.',
};

/**
 * Turns the errno of a file that a person named, or of its temporary file, into a sentence with the path and a remedy.
 * Returns any other error, also of another file, unchanged.
 */
export function explainFileError(error: unknown, path: string, access: 'read' | 'write'): Error {
  const { code = '', path: failed = path } = error as NodeJS.ErrnoException;
  if (!Object.hasOwn(REASONS, code) || !failed.startsWith(path)) return error as Error;
  const verb = access === 'read' ? 'read' : 'written';
  return new Error(`${path} cannot be ${verb}: ${REASONS[code]}. ${REMEDIES[access]}`, { cause: error });
}
