import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openLowdbStore } from '../lowdb-store.ts';
import { dataFolderError, prepareDataFolder } from './data-folder.ts';
import { realDisk } from './disk.ts';

let folder: string;
const cwd = process.cwd();
const mounts: string[] = [];
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'bisik-folder-')));
  process.chdir(folder);
});
afterEach(() => {
  process.chdir(cwd);
  for (const path of mounts.splice(0)) execFileSync('umount', [path]);
  rmSync(folder, { recursive: true, force: true });
});

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

/** Opens a store in a folder and closes it. @returns the warnings */
async function openAt(path: string): Promise<string[]> {
  const warnings: string[] = [];
  const store = await openLowdbStore(path, { now: Date.now, warn: (message) => warnings.push(message) });
  await store.close();
  return warnings;
}

describe('paths of DATA_DIR', () => {
  it.each([
    'd',
    './d',
    'x/data',
    './x/data',
    'x/y/z/data',
    'd/',
    'x//data//',
    'x/../d',
    '../{here}/d',
    'a folder with spaces/dåta',
    '{full}/d',
    '{full}/x/data/',
    '{full}/./x/../d',
    '.',
    'link',
    'link/',
    'link/inside/data',
  ])(
    'DATA_DIR written as %s leads to a database, which the first start creates and the second one opens',
    async (written) => {
      mkdirSync(join(folder, 'elsewhere'));
      symlinkSync(join(folder, 'elsewhere'), join(folder, 'link'));
      const isDot = written.startsWith('.') && written.length < 3;
      const here = isDot ? join(folder, 'elsewhere') : folder;
      process.chdir(here);
      const path = written.replace('{full}', folder).replace('{here}', folder.split('/').at(-1) ?? '');
      expect(await openAt(path)).toEqual(
        isDot || /^link\/?$/.test(written) ? [expect.stringContaining('chmod 700')] : [],
      );
      const epoch = (await realDisk.read(join(path, 'meta.json')))?.toString();
      expect(await openAt(path)).toHaveLength(isDot || /^link\/?$/.test(written) ? 1 : 0);
      expect((await realDisk.read(join(path, 'meta.json')))?.toString()).toBe(epoch);
    },
  );

  it('creating the root folder, or a folder in it, ends', async () => {
    await realDisk.makeFolder('/');
    await realDisk.makeFolder('/tmp/');
  });
});

describe('an existing DATA_DIR', () => {
  it('an existing folder keeps its mode, and the log warns when other users can enter it', async () => {
    mkdirSync(join(folder, 'shared'));
    chmodSync(join(folder, 'shared'), 0o775);
    expect(await openAt(join(folder, 'shared'))).toEqual([expect.stringContaining('chmod 700')]);
    expect(modeOf(join(folder, 'shared'))).toBe('775');
    for (const name of readdirSync(join(folder, 'shared')))
      expect([name, statSync(join(folder, 'shared', name)).mode & 0o077]).toEqual([name, 0]);
  });

  it('no other user can connect to the lock of an open folder, whatever the umask of the process', async () => {
    mkdirSync(join(folder, 'shared'));
    chmodSync(join(folder, 'shared'), 0o777);
    const before = process.umask(0);
    const store = await openLowdbStore(join(folder, 'shared'), { now: Date.now });
    process.umask(before);
    expect(modeOf(join(folder, 'shared', 'lock'))).toBe('600');
    await store.close();
  });

  it('a link in place of one of its files shows nothing of what it leads to', async () => {
    const data = join(folder, 'data');
    await openAt(data);
    const outside = join(folder, 'token.key');
    for (const content of ['kunci rahasia', JSON.stringify({ kunci: 'rahasia' })]) {
      writeFileSync(outside, content);
      for (const name of ['meta.json', 'meta.copy.json']) {
        rmSync(join(data, name), { force: true });
        symlinkSync(outside, join(data, name));
      }
      const error = await openAt(data).catch((thrown: Error) => thrown);
      expect(error).toBeInstanceOf(Error);
      expect(String(error)).not.toContain('rahasia');
    }
  });

  it('a folder with other files is refused and left unchanged', async () => {
    const home = join(folder, 'home');
    mkdirSync(join(home, 'Pictures'), { recursive: true });
    chmodSync(home, 0o755);
    await expect(openAt(home)).rejects.toThrow(
      `DATA_DIR ${home} holds other things and no database of Bisik: set DATA_DIR to a folder that is new or empty.`,
    );
    expect([modeOf(home), readdirSync(home)]).toEqual(['755', ['Pictures']]);
  });

  it('a folder with only files of the file system or keys of Bisik is accepted', async () => {
    mkdirSync(join(folder, 'disk', 'lost+found'), { recursive: true });
    writeFileSync(join(folder, 'disk', '.DS_Store'), '');
    mkdirSync(join(folder, 'disk', 'keys', 'cipher'), { recursive: true });
    writeFileSync(join(folder, 'disk', 'keys', 'cipher', 'keyring.json'), '{}');
    await openAt(join(folder, 'disk'));
    mkdirSync(join(folder, 'both', 'cipher'), { recursive: true });
    mkdirSync(join(folder, 'both', 'core'));
    writeFileSync(join(folder, 'both', 'cipher', 'keyring.json'), '{}');
    await openAt(join(folder, 'both'));
  });
});

/** Mounts a tmpfs. @returns whether that worked: it needs root, and in a container more rights */
function mounted(options: string, path: string): boolean {
  mkdirSync(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'bisik-test', path], { stdio: 'ignore' });
    mounts.push(path);
    return true;
  } catch {
    console.warn(`NOT CHECKED: no file system can be mounted here (${options}).`);
    return false;
  }
}

describe('errors of DATA_DIR', () => {
  const refused = async (path: string) => {
    const error = await openAt(path).then(
      () => undefined,
      (one: Error) => one,
    );
    expect(error?.message).toMatch(/^DATA_DIR .* (set DATA_DIR to another folder)\.$/);
    expect(error?.message).not.toMatch(/E[A-Z]{4,}|syscall|errno/);
    return error?.message;
  };

  it('a path to a file, or below one, is refused in a sentence with a remedy', async () => {
    writeFileSync(join(folder, 'file'), '');
    expect(await refused('file')).toContain('is a file and no folder');
    expect(await refused('file/data')).toContain('below a file');
  });

  it('a dangling link and a link to itself are refused in a sentence with a remedy', async () => {
    symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling'));
    symlinkSync(join(folder, 'circle'), join(folder, 'circle'));
    expect(await refused('dangling')).toContain('is a link to a folder that is not there');
    expect(existsSync(join(folder, 'nowhere'))).toBe(false);
    expect(await refused('circle')).toContain('leads back to itself');
  });

  it('a file system without sockets is refused in a sentence with a remedy', async () => {
    const listen = vi.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server) {
      const error = Object.assign(new Error('listen EPERM'), { code: 'EPERM', syscall: 'listen' });
      queueMicrotask(() => this.emit('error', error));
      return this;
    });
    expect(await refused('fat')).toContain('such as FAT or exFAT: use one such as ext4');
    listen.mockRestore();
  });

  it('a read-only disk and a full disk are refused in a sentence with a remedy', async () => {
    const disk = join(folder, 'disk');
    if (!mounted('ro', disk)) return;
    expect(await refused(disk)).toContain('can only be read');
    expect(await refused(join(disk, 'data'))).toContain('can only be read');
    const full = join(folder, 'full');
    if (!mounted('nr_inodes=4,mode=700', full)) return;
    expect(await refused(full)).toContain('lies on a full disk');
  });

  it.each([
    ['EACCES', 'chown'],
    ['EROFS', 'mount its file system writable'],
    ['ENOSPC', 'make room'],
    ['EDQUOT', 'make room'],
    ['EIO', 'disk that fails'],
    ['EWEIRD', 'cannot be used (EWEIRD)'],
  ])('the error %s is reported in a sentence with a remedy', (code, remedy) => {
    const error = dataFolderError('/somewhere', Object.assign(new Error(code), { code, syscall: 'open' }));
    expect((error as Error).message).toMatch(
      /^DATA_DIR \/somewhere .*, or set DATA_DIR to another folder\.$/,
    );
    expect((error as Error).message).toContain(remedy);
  });

  it('the folder of another user is refused in a sentence with a remedy', async () => {
    if (process.getuid?.() !== 0) {
      mkdirSync(join(folder, 'theirs'));
      chmodSync(join(folder, 'theirs'), 0o500);
      expect(await refused('theirs')).toContain('chown');
      return;
    }
    mkdirSync(join(folder, 'theirs'));
    process.seteuid?.(65_534);
    const message = await refused(join(folder, 'theirs')).finally(() => process.seteuid?.(0));
    expect(message).toContain('chown');
  });

  it('an error that is not from the system is returned unchanged', () => {
    const damage = new Error('a page is damaged');
    expect(dataFolderError('/somewhere', damage)).toBe(damage);
  });
});

it('a created folder is accessible to its owner only', async () => {
  await prepareDataFolder(join(folder, 'x', 'data'));
  expect([modeOf(join(folder, 'x')), modeOf(join(folder, 'x', 'data'))]).toEqual(['700', '700']);
});
