import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import { listText } from '../backup/folder-retention.ts';
import type { Manifest } from '../backup/manifest.ts';
import { pruneTarget } from './prune-target.ts';
import { listNameOf, localFile } from './publish.ts';
import { nameOfBackup } from './retention.ts';
import type { Target } from './target.ts';

const DAY = 24 * 3_600_000;
const NOW = Date.parse('2026-03-05T03:00:00Z');
const OWN = 'age1own';

let stored: Map<string, string>;
let target: Target;
beforeEach(() => {
  stored = new Map();
  target = {
    label: 'memory',
    list: async () => [...stored].map(([name, text]) => ({ name, size: text.length })),
    put: async () => {},
    get: async (name) => Readable.from([Buffer.from(stored.get(name) ?? '')]),
    remove: async (name) => void stored.delete(name),
  };
});

/** Stores a backup of some days ago that names these files, and the files. */
function store(daysAgo: number, files: string[], recipient = OWN): string {
  const name = nameOfBackup(NOW - daysAgo * DAY);
  const attachments = {
    place: 'beside',
    files: files.map((one) => ({ name: `data/attachments/${one}`, size: 1 })),
  };
  stored.set(name, 'sealed');
  stored.set(listNameOf(name), listText(recipient, { attachments } as Manifest));
  for (const one of files) stored.set(`attachments/${one}`, 'x');
  return name;
}
const prune = (protectedNames: string[] = []) =>
  pruneTarget(target, { recipient: OWN, protectedNames, now: NOW });
const attachments = () => [...stored.keys()].filter((name) => name.startsWith('attachments/')).sort();

describe('retention at a target', () => {
  it('removes old backups with their lists, and the sealed files that no list names any more', async () => {
    for (let day = 0; day < 60; day++) store(day, ['c/all', `c/of-${day}`]);
    const { backups, files } = await prune();
    expect([backups.length, files]).toEqual([51, 51]);
    const left = [...stored.keys()].filter((name) => name.endsWith('.age'));
    expect(left.length).toBe(9);
    expect([...stored.keys()].filter((name) => name.endsWith('.files')).length).toBe(9);
    expect(attachments().length).toBe(10);
    expect(attachments()).toContain('attachments/c/all');
    // A second time there is nothing to do.
    expect(await prune()).toEqual({ backups: [], files: 0 });
  });

  it('keeps a protected backup, and those for another recovery key, with their files', async () => {
    const good = store(50, ['c/good']);
    const others = [100, 101, 102, 103, 104, 105, 106, 107, 108].map((day) =>
      store(day, ['c/other'], 'age1other'),
    );
    for (let day = 0; day < 20; day++) store(day, []);
    await prune([good]);
    for (const name of [good, ...others]) expect([...stored.keys()]).toContain(name);
    expect(attachments()).toEqual(['attachments/c/good', 'attachments/c/other']);
  });

  it('removes no sealed file while a backup has no readable list, or another one may be running', async () => {
    store(1, []);
    stored.set('attachments/c/new', 'x');
    const unlisted = store(2, []);
    stored.set(listNameOf(unlisted), 'damaged');
    expect((await prune()).files).toBe(0);
    stored.delete(unlisted);
    stored.delete(listNameOf(unlisted));
    const running = listNameOf(nameOfBackup(NOW - 3_600_000));
    stored.set(running, '');
    expect((await prune()).files).toBe(0);
    expect([...stored.keys()]).toContain(running);
    // Half a day later it counts as interrupted: it is removed, and the next time so is the file.
    const later = { recipient: OWN, protectedNames: [], now: NOW + DAY };
    await pruneTarget(target, later);
    expect([...stored.keys()]).not.toContain(running);
    expect(attachments()).toEqual([]);
  });

  it('a checksum of a local file is that of its bytes', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bisik-prune-'));
    try {
      await writeFile(join(folder, 'one'), 'abc');
      // FIPS 180-4, example of SHA-256.
      const sha256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
      expect(await localFile(join(folder, 'one'))).toMatchObject({ size: 3, sha256 });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
