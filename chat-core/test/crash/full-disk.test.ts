import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, statfsSync } from 'node:fs';
import { mkdtemp, open, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Delta, Message } from '../../src/wire/wire.ts';
import { type Pair, startPair } from '../support/pair.ts';
import {
  type Answer,
  logIn,
  logOutEverywhere,
  PASSWORD,
  type Person,
  signUpPairs,
} from '../support/person.ts';
import { until } from '../support/until.ts';

const MB = 2 ** 20;
const DISK_BYTES = 48 * MB;
/** Free bytes on such a disk below which nothing new is stored. */
const FLOOR_BYTES = DISK_BYTES / 8;
const FULL_DISK = `--import=${new URL('../support/full-disk.ts', import.meta.url)}`;

const mount = (folder: string) =>
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES},mode=700`, 'bisik-test', folder], {
    stdio: 'ignore',
  });

/** Whether a file system can be mounted, which needs root, and in a container more rights. */
function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'bisik-mount-'));
  try {
    mount(folder);
    execFileSync('umount', [folder]);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(folder);
  }
}

/** The second kind needs a mount, the first runs on every machine. */
const DISKS = ['simulated by system calls', ...(canMount() ? ['mounted with a small size'] : [])];

describe.each(DISKS)('a full disk, %s', (kind) => {
  const isMounted = kind.startsWith('mounted');
  let folder: string;
  let ballast: string;
  let pair: Pair;
  let ani: Person;
  let budi: Person;
  let citra: Person;
  const acknowledged: Message[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bisik-full-'));
    ballast = join(folder, 'ballast');
    if (isMounted) mount(folder);
    pair = await startPair({
      DATA_DIR: join(folder, 'data'),
      ...(!isMounted && { VOLUME: folder, VOLUME_BYTES: String(DISK_BYTES), NODE_OPTIONS: FULL_DISK }),
    });
    const pairs = await signUpPairs(pair.url, 'teman', 2);
    [ani, budi, citra] = pairs.flat() as [Person, Person, Person];
  });
  afterAll(async () => {
    await pair?.stop();
    if (isMounted) execFileSync('umount', [folder]);
    await rm(folder, { recursive: true });
  });

  async function freeBytes(): Promise<number> {
    if (isMounted) {
      const { bavail, bsize } = statfsSync(folder);
      return bavail * bsize;
    }
    let used = 0;
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const size = entry.isFile()
        ? await stat(join(entry.parentPath, entry.name)).catch(() => undefined)
        : undefined;
      used += Math.ceil((size?.size ?? 0) / 4096) * 4096;
    }
    return Math.max(0, DISK_BYTES - used);
  }

  /** Fills the disk until so many bytes are free. */
  async function leave(bytes: number): Promise<void> {
    await rm(ballast, { force: true });
    const size = (await freeBytes()) - bytes;
    if (isMounted) await writeFile(ballast, Buffer.alloc(size));
    else await (await open(ballast, 'w')).close().then(() => truncate(ballast, size));
  }

  const readiness = async () => (await fetch(`${pair.url}/health/ready`)).status;
  const send = (message: string): Promise<Answer> =>
    ani.post('/chat/send', { senderId: ani.id, receiverId: budi.id, message });
  const codeOf = ({ status, body }: Answer) => [status, (body as { code?: string }).code];

  async function history(): Promise<Message[]> {
    const messages: Message[] = [];
    for (let before = ''; ; before = `&before=${messages[0]?.seq}`) {
      const path = `/chat/history?myId=${budi.id}&friendId=${ani.id}&limit=200${before}`;
      const page = (await budi.get(path)).body as Message[];
      messages.unshift(...page);
      if (page.length < 200) return messages;
    }
  }

  let password = PASSWORD;
  /** Everything that must work on a full disk: ending access, protecting oneself, removing. */
  async function protect(round: number): Promise<void> {
    const done: [string, Answer][] = [];
    const own = await logIn(pair.url, citra.username, password);
    const next = `jahe-hangat-malam-${round}`;
    const change = { userId: citra.id, currentPassword: password, newPassword: next };
    done.push(['a change of the password', await own.post('/auth/change-password', change)]);
    password = next;
    const [again, other] = [
      await logIn(pair.url, citra.username, next),
      await logIn(pair.url, citra.username, next),
    ];
    for (const name of ['block', 'unblock'])
      done.push([name, await again.post(`/friends/${name}`, { userId: ani.id })]);
    done.push(['a logout', await other.post('/auth/logout', {})]);
    expect((await other.get('/auth/devices')).status).toBe(401);
    await logIn(pair.url, citra.username, next);
    done.push(['a logout everywhere', await logOutEverywhere(again, next)]);
    const message = acknowledged.shift();
    if (message) {
      const { conversationId, seq } = message;
      done.push([
        'a deletion',
        await ani.delete(`/conversations/${conversationId}/messages/${seq}?for=everyone`),
      ]);
      deleted.push(seq);
    }
    expect(done.map(([name, { status }]) => [name, status])).toEqual(done.map(([name]) => [name, 200]));
  }
  const deleted: number[] = [];

  it('a core on a nearly full disk refuses new content with 507, serves reads, and still ends access', async () => {
    for (let n = 0; n < 20; n++) acknowledged.push((await send(`pesan ${n}`)).body as Message);
    expect(await readiness()).toBe(200);
    await leave(FLOOR_BYTES - MB);
    await until(async () => (await readiness()) === 503);
    const refusal = await send('x');
    expect(codeOf(refusal)).toEqual([507, 'DISK_FULL']);
    expect(Number(refusal.headers.get('Retry-After'))).toBeGreaterThan(0);
    // The premise: there is room, which is left to what follows.
    expect(await freeBytes()).toBeGreaterThan(MB / 2);
    expect((await fetch(`${pair.url}/health/live`)).status).toBe(200);
    const { cursor } = (await budi.get('/sync')).body as Delta;
    expect((await budi.poll(cursor)).status).toBe(204);
    expect((await history()).at(-1)?.seq).toBe(acknowledged.length);
    await protect(1);
  });

  it('a core on a disk without a free byte still ends access, also after it was killed, and loses nothing', async () => {
    for (let round = 2; round <= 4; round++) {
      await leave(0);
      expect(codeOf(await send('x'))).toEqual([507, 'DISK_FULL']);
      await protect(round);
      if (round === 3) await pair.restartCore('SIGKILL');
    }
    const kept = await history();
    expect(kept.filter((one) => !one.deleted)).toEqual(acknowledged);
    expect(kept.filter((one) => one.deleted).map(({ seq }) => seq)).toEqual(deleted);
  });

  it('a core accepts new content by itself once there is room again, and keeps it', async () => {
    await rm(ballast);
    await until(async () => (await send('there is room again')).status === 200);
    await until(async () => (await readiness()) === 200);
    const before = await history();
    expect(before.at(-1)?.content).toBe('there is room again');
    await pair.restartCore('SIGKILL');
    expect(await history()).toEqual(before);
    expect((await logIn(pair.url, citra.username, password)).id).toBe(citra.id);
  });
});
