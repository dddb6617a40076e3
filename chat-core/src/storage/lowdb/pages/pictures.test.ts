import { beforeEach, describe, expect, it } from 'vitest';
import type { StoredPicture } from '../../store.ts';
import type { Disk } from '../disk/disk.ts';
import { memoryDisk } from '../disk/memory-disk.ts';
import { type LowdbStore, openStore } from '../lowdb-store.ts';

const FILE = 'data/pictures/ani.json';
const options = { now: () => 1 };
const pictureOf = (id: string, edit: number): StoredPicture => ({
  userId: 'ani',
  id,
  edit,
  pieces: [{ v: 1, kid: 'k1', content: `sealed ${id}` }],
});

let disk: Disk;
let store: LowdbStore;
beforeEach(async () => {
  disk = memoryDisk();
  store = await openStore(disk, 'data', options);
  const bare = { password: '', contacts: [], tokenVersion: 0, devices: [] };
  await store.transact((tx) => tx.saveAccount({ ...bare, id: 'ani', username: 'ani' }));
});
const show = (picture: StoredPicture) =>
  store.transact((tx) =>
    tx.saveProfile(
      'ani',
      { edit: picture.edit, picture: { id: picture.id, edit: picture.edit } },
      { isShown: true, picture },
    ),
  );
const hide = (edit: number) => store.transact((tx) => tx.saveProfile('ani', { edit }, { isShown: true }));

describe('pictures', () => {
  it('after a checkpoint a picture is in a file of its own and in no page of users', async () => {
    await show(pictureOf('p1', 1));
    await store.checkpoint('all');
    expect((await disk.read(FILE))?.toString()).toContain('sealed p1');
    expect((await disk.read('data/users/0001.json'))?.toString()).not.toContain('sealed');
    expect(await store.picture('ani')).toEqual(pictureOf('p1', 1));
    await show(pictureOf('p2', 2));
    expect(await store.picture('ani')).toEqual(pictureOf('p2', 2));
    await store.checkpoint('all');
    expect((await disk.read(FILE))?.toString()).not.toContain('p1');
  });

  it('after a checkpoint a removed picture has no file, also when it was removed before a restart', async () => {
    await show(pictureOf('p1', 1));
    await store.checkpoint('all');
    await hide(2);
    expect(await store.picture('ani')).toBeUndefined();
    await store.close();
    store = await openStore(disk, 'data', options);
    await store.checkpoint('all');
    expect([await store.picture('ani'), await disk.read(FILE)]).toEqual([undefined, undefined]);
  });

  it('a picture file without the picture that the account names is damage and is never shown', async () => {
    await show(pictureOf('p1', 1));
    await store.checkpoint('all');
    const old = (await disk.read(FILE)) as Buffer;
    await show(pictureOf('p2', 2));
    await store.checkpoint('all');
    const file = await disk.open(FILE, 'create');
    await file.write(old, 0);
    await expect(store.picture('ani')).rejects.toThrow('not the picture');
    await disk.remove(FILE);
    await expect(store.picture('ani')).rejects.toThrow(FILE);
  });

  it('a person without a picture in a new database has none', async () => {
    await store.close();
    store = await openStore(disk, 'data', options);
    expect(await store.picture('ani')).toBeUndefined();
  });
});
