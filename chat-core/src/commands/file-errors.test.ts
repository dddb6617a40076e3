import { open } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { explainFileError } from './file-errors.ts';

const errno = (code: string, path?: string) => Object.assign(new Error(`${code}: raw`), { code, path });

it('a file that cannot be written or read is named in a sentence with the reason and a remedy, never as a raw errno', async () => {
  for (const code of ['EROFS', 'EACCES', 'ENOENT', 'ENOTDIR', 'EISDIR', 'ENOSPC']) {
    const { message } = explainFileError(errno(code, '/a/box.json.1.tmp'), '/a/box.json', 'write');
    expect(message).toMatch(/^\/a\/box\.json cannot be written: .*\. .*"-" for standard output.*\.$/);
    expect(message).not.toContain(code);
  }
  const gone = await open('/nowhere/box.age').catch((error: unknown) => error);
  expect(explainFileError(gone, '/nowhere/box.age', 'read').message).toMatch(
    /^\/nowhere\/box\.age cannot be read: there is no such file or folder\./,
  );
});

it('an error of another file, and one of no file, stays as it is', () => {
  const other = errno('ENOENT', '/keys/keyring.json');
  expect(explainFileError(other, '/a/box.age', 'write')).toBe(other);
  const sentence = new Error('chat-core stopped meanwhile.');
  expect(explainFileError(sentence, '/a/box.age', 'write')).toBe(sentence);
});
