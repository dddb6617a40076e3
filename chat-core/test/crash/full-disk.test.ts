import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Delta, Message } from '../../src/wire/wire.ts';
import { type Pair, startPair } from '../support/pair.ts';
import { type Answer, type Person, signUpPairs } from '../support/person.ts';
import { until } from '../support/until.ts';

const DISK_MIB = 12;
const BALLAST_MIB = 6;
const FULL_DISK = `--import=${new URL('../support/full-disk.ts', import.meta.url)}`;

const mount = (folder: string) =>
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m,mode=700`, 'bisik-test', folder], {
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
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bisik-full-'));
    ballast = join(folder, 'ballast');
    if (isMounted) mount(folder);
    if (isMounted) await writeFile(ballast, Buffer.alloc(BALLAST_MIB * 2 ** 20));
    pair = await startPair({
      DATA_DIR: join(folder, 'data'),
      ...(!isMounted && { FULL_WHILE: ballast, NODE_OPTIONS: FULL_DISK }),
    });
    const [friends] = await signUpPairs(pair.url, 'teman', 1);
    if (!friends) throw new Error('no one signed up');
    [ani, budi] = friends;
  });
  afterAll(async () => {
    await pair?.stop();
    if (isMounted) execFileSync('umount', [folder]);
    await rm(folder, { recursive: true });
  });

  const ready = async () => (await fetch(`${pair.url}/health/ready`)).status;
  const send = (message: string): Promise<Answer> =>
    ani.post('/chat/send', { senderId: ani.id, receiverId: budi.id, message });

  it('a core with a full disk refuses sends with 507, serves reads, loses nothing, and accepts sends once there is room', async () => {
    const acknowledged: Message[] = [];
    let refusal: Answer | undefined;
    for (let round = 0; !refusal; round++) {
      if (!isMounted && round === 3) await writeFile(ballast, '');
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, n) => send(`${round}-${n} `.padEnd(4000, 'x'))),
      );
      for (const answer of answers) {
        if (answer.status === 200) acknowledged.push(answer.body as Message);
        else refusal = answer;
      }
    }
    expect([refusal.status, (refusal.body as { code: string }).code]).toEqual([507, 'DISK_FULL']);
    expect(Number(refusal.headers.get('Retry-After'))).toBeGreaterThan(0);

    expect(await ready()).toBe(503);
    expect((await fetch(`${pair.url}/health/live`)).status).toBe(200);

    const { cursor } = (await budi.get('/sync')).body as Delta;
    expect((await budi.poll(cursor)).status).toBe(204);
    expect((await history()).at(-1)?.seq).toBe(acknowledged.length);

    await rm(ballast);
    const resumed = await send('there is room again');
    expect(resumed.status).toBe(200);
    acknowledged.push(resumed.body as Message);
    await until(async () => (await ready()) === 200);
    expect(((await budi.poll(cursor)).body as Delta).messages?.map(({ id }) => id)).toEqual([
      acknowledged.at(-1)?.id,
    ]);

    await pair.restartCore('SIGKILL');
    expect(await history()).toEqual(acknowledged.sort((a, b) => a.seq - b.seq));
  });

  async function history(): Promise<Message[]> {
    const messages: Message[] = [];
    for (let before = ''; ; before = `&before=${messages[0]?.seq}`) {
      const path = `/chat/history?myId=${budi.id}&friendId=${ani.id}&limit=200${before}`;
      const page = (await budi.get(path)).body as Message[];
      messages.unshift(...page);
      if (page.length < 200) return messages;
    }
  }
});
