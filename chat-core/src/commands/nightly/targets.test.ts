import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type S3Server, startS3Server } from '../../../test/support/s3-server.ts';
import { startWebdavServer, type WebdavServer } from '../../../test/support/webdav-server.ts';
import { readBackupSettings } from './config.ts';
import { openTarget } from './open-target.ts';
import { localFile } from './publish.ts';
import type { Target } from './target.ts';

const NAME = 'bisik-2026-11-20T03-00-00Z.age';
const FILE = 'attachments/c-1/f_1';

let folder: string;
let usb: string;
let s3: S3Server;
let dav: WebdavServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bisik-targets-'));
  s3 = await startS3Server({ bucket: 'family', secret: 'of the bucket', pageSize: 2 });
  dav = await startWebdavServer('ani', 'of the folder');
  for (const [name, content] of [
    ['id', 'KEYID\n'],
    ['secret', 'of the bucket\n'],
    ['password', 'of the folder\n'],
    ['one', 'the content of one file'],
  ] as const)
    await writeFile(join(folder, name), content);
  usb = join(folder, 'usb');
});
afterAll(async () => {
  await s3.stop();
  await dav.stop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  await rm(usb, { recursive: true, force: true });
  await mkdir(usb);
  s3.objects.clear();
  dav.files.clear();
  [s3.intercept, dav.intercept] = [undefined, undefined];
});

const env = (kind: string): Record<string, string> =>
  ({
    folder: { BACKUP_TARGET: usb },
    webdav: {
      BACKUP_TARGET: dav.url,
      BACKUP_WEBDAV_USER: 'ani',
      BACKUP_WEBDAV_PASSWORD_FILE: join(folder, 'password'),
    },
    s3: {
      BACKUP_TARGET: 's3://family/box one'.replace(' ', '-'),
      BACKUP_S3_ENDPOINT: s3.endpoint,
      BACKUP_S3_KEY_ID_FILE: join(folder, 'id'),
      BACKUP_S3_SECRET_FILE: join(folder, 'secret'),
    },
  })[kind] ?? {};
const open = (kind: string, more: Record<string, string> = {}): Target => {
  const { target } = readBackupSettings({ ...env(kind), ...more });
  return openTarget(target ?? expect.fail());
};
const one = () => localFile(join(folder, 'one'));
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: { code?: string }) => error.code,
  );

describe.each(['folder', 'webdav', 's3'])('a target of the kind %s', (kind) => {
  it('stores, lists, gives back and removes files, and stores one again under the same name', async () => {
    const target = open(kind);
    expect(await target.list()).toEqual([]);
    for (const name of [NAME, FILE, `${FILE}2`, FILE]) await target.put(name, await one());
    const listed = (await target.list()).sort((a, b) => a.name.localeCompare(b.name));
    expect(listed).toEqual([FILE, `${FILE}2`, NAME].map((name) => ({ name, size: 23 })));
    expect(await text(await target.get(FILE))).toBe('the content of one file');
    for (const name of [FILE, FILE]) await target.remove(name);
    expect((await target.list()).map(({ name }) => name).sort()).toEqual([`${FILE}2`, NAME].sort());
    expect(await codeOf(target.get(FILE))).toBe('TARGET_MISSING');
  });

  it('a file that grew since its checksum was taken is not stored under its name', async () => {
    await writeFile(join(folder, 'growing'), 'short');
    const file = await localFile(join(folder, 'growing'));
    await writeFile(join(folder, 'growing'), 'longer than it was');
    expect(await codeOf(open(kind).put(NAME, file))).not.toBeUndefined();
    expect((await open(kind).list()).map(({ name }) => name)).not.toContain(NAME);
  });

  it('what people store there themselves is not listed', async () => {
    const target = open(kind);
    if (kind === 'folder') await writeFile(join(usb, 'photos.zip'), 'theirs');
    if (kind === 'webdav') dav.files.set('photos.zip', Buffer.from('theirs'));
    if (kind === 's3') s3.objects.set('box-one/photos.zip', Buffer.from('theirs'));
    expect(await target.list()).toEqual([]);
  });
});

describe('a folder', () => {
  it('that is not there, is the data of a box or may not be written is refused with a code', async () => {
    await rm(usb, { recursive: true });
    expect(await codeOf(open('folder').list())).toBe('TARGET_MISSING');
    await mkdir(usb);
    await writeFile(join(usb, 'meta.json'), '{}');
    expect(await codeOf(open('folder').list())).toBe('TARGET_REFUSED');
    await rm(join(usb, 'meta.json'));
    await chmod(usb, 0o500);
    // Root may write everywhere.
    const expected = process.getuid?.() === 0 ? undefined : 'TARGET_READ_ONLY';
    expect(await codeOf(open('folder').put(NAME, await one()))).toBe(expected);
    await chmod(usb, 0o700);
  });

  it('a link in the place of an unfinished file is replaced and not followed', async () => {
    await symlink('/dev/full', join(usb, `${NAME}.unfinished`));
    const file = await one();
    expect(await codeOf(open('folder').put(NAME, file))).toBeUndefined();
    expect(await readFile(join(usb, NAME), 'utf8')).toBe('the content of one file');
    expect(await readdir(usb)).toEqual([NAME]);
  });
});

describe('a server', () => {
  it('S3 refuses a wrong secret, and a body that is not the one that was signed', async () => {
    await writeFile(join(folder, 'wrong'), 'another');
    const stranger = open('s3', { BACKUP_S3_SECRET_FILE: join(folder, 'wrong') });
    expect(await codeOf(stranger.list())).toBe('TARGET_REFUSED');
    const before = s3.refused;
    const file = { ...(await one()), sha256: '0'.repeat(64) };
    expect(await codeOf(open('s3').put(NAME, file))).toBe('TARGET_REFUSED');
    expect(s3.refused).toBe(before + 1);
    expect(s3.objects.size).toBe(0);
  });

  it('WebDAV refuses a wrong password, and an address with a password or without https is no target', async () => {
    await writeFile(join(folder, 'wrong'), 'another');
    const stranger = open('webdav', { BACKUP_WEBDAV_PASSWORD_FILE: join(folder, 'wrong') });
    expect(await codeOf(stranger.list())).toBe('TARGET_REFUSED');
    for (const BACKUP_TARGET of ['https://a:b@dav.example.org/', 'http://dav.example.org/', 'ftp://x/'])
      expect(() => readBackupSettings({ BACKUP_TARGET })).toThrow('BACKUP_TARGET');
  });

  it.each([
    [507, 'TARGET_FULL'],
    [503, 'TARGET_UNREACHABLE'],
    [403, 'TARGET_REFUSED'],
    [423, 'TARGET_READ_ONLY'],
  ])('an answer of %i to a file is the error %s, and no backup has its name', async (status, code) => {
    for (const [kind, server] of [['s3', s3] as const, ['webdav', dav] as const]) {
      server.intercept = (method) => (method === 'PUT' ? status : undefined);
      expect(await codeOf(open(kind).put(NAME, await one()))).toBe(code);
      expect(await open(kind).list()).toEqual([]);
    }
  });

  it('an upload by WebDAV that stored too little gets no name', async () => {
    dav.intercept = (method, name) => {
      if (method === 'HEAD') dav.files.set(name, Buffer.from('less'));
      return undefined;
    };
    expect(await codeOf(open('webdav').put(NAME, await one()))).toBe('TARGET_DAMAGED');
    expect((await open('webdav').list()).map(({ name }) => name)).toEqual([`${NAME}.unfinished`]);
  });

  it('a server that is not there is unreachable', async () => {
    const gone = await startS3Server({ bucket: 'family', secret: 'x' });
    await gone.stop();
    expect(await codeOf(open('s3', { BACKUP_S3_ENDPOINT: gone.endpoint }).list())).toBe('TARGET_UNREACHABLE');
  });
});
