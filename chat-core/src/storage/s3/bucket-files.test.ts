import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type S3Server, startS3Server } from '../../../test/support/s3-server.ts';
import { fileBytesContract } from '../contract/files.ts';
import { useRig } from '../contract/rig.ts';
import { openMemoryStore } from '../lowdb/lowdb-store.ts';
import { Bucket } from './bucket.ts';
import { BucketFiles } from './bucket-files.ts';

const ref = { conversationId: 'c1', id: 'f1' };
const bytes = (length: number, fill = 'x') => Buffer.alloc(length, fill);

let s3: S3Server;
const open: Bucket[] = [];
/** The files as another core sees them, or this one after a restart. */
const filesOf = (prefix = 'box') => {
  const { endpoint } = s3;
  const of = { endpoint, region: 'us-east-1', bucket: 'family', prefix, keyId: 'KEYID', secret: 'of it' };
  const bucket = new Bucket(of, { idleTimeoutMs: 300, pausesMs: [1, 2] });
  open.push(bucket);
  return new BucketFiles(bucket, () => {});
};
beforeAll(async () => {
  s3 = await startS3Server({ bucket: 'family', secret: 'of it', pageSize: 3 });
});
afterAll(() => s3.stop());
beforeEach(() => {
  s3.intercept = undefined;
  s3.objects.clear();
  s3.done.clear();
});
afterEach(() => {
  for (const bucket of open.splice(0)) bucket.close();
});

describe('store contract: files in a bucket', () => {
  const rows = async () => ({ ...(await openMemoryStore()), files: filesOf() });
  fileBytesContract(useRig(async () => ({ store: await rows(), end: async () => {}, reopen: rows })));
});

it('a file has an object for each part and one that ends it, below the prefix', async () => {
  const files = filesOf();
  await files.write(ref, 0, bytes(5));
  await files.write(ref, 5, bytes(2));
  await files.finish(ref);
  expect([...s3.objects.keys()]).toEqual([
    'box/c1/f1/000000000000-000000000005',
    'box/c1/f1/000000000005-000000000007',
    'box/c1/f1/finished',
  ]);
  expect(s3.refused).toBe(0);
});

it('an upload costs a request for each part and three more, and a piece that is read again only its own', async () => {
  const files = filesOf();
  for (let n = 0; n < 4; n++) await files.write(ref, n * 10, bytes(10));
  await files.finish(ref);
  expect(Object.fromEntries(s3.done)).toEqual({ GET: 1, PUT: 5 });
  s3.done.clear();
  const reader = filesOf();
  for (let n = 0; n < 4; n++) expect(await reader.read(ref, n * 10, 10)).toEqual(bytes(10));
  expect(Object.fromEntries(s3.done)).toEqual({ GET: 5 });
});

it('a range is read from the parts that hold it, and from no other', async () => {
  const files = filesOf();
  for (const [n, fill] of ['a', 'b', 'c'].entries()) await files.write(ref, n * 10, bytes(10, fill));
  const read: string[] = [];
  s3.intercept = (method, key) => void (method === 'GET' && read.push(key.slice(-12)));
  expect(String(await files.read(ref, 8, 4))).toBe('aabb');
  expect(read.sort()).toEqual(['000000000010', '000000000020']);
});

it('two cores that store the same part, in pieces of other lengths, leave a file that reads whole', async () => {
  const [a, b] = [filesOf(), filesOf()];
  const whole = Buffer.from('abcdefghijklmnopqrstuvwxyz');
  const write = (files: BucketFiles, from: number, to: number) =>
    files.write(ref, from, whole.subarray(from, to));
  await write(a, 0, 8);
  await write(b, 8, 16);
  await write(a, 8, 10);
  await write(b, 16, 26);
  await write(a, 10, 18);
  await write(a, 18, 26);
  await Promise.all([a.finish(ref), b.finish(ref)]);
  for (const files of [a, b, filesOf()]) expect(await files.read(ref, 0, 99)).toEqual(whole);
});

it('a removal leaves no object, of whatever page of the list, and none of another file goes', async () => {
  const files = filesOf();
  for (let n = 0; n < 8; n++) await files.write(ref, n, bytes(1));
  await files.finish(ref);
  await files.write({ conversationId: 'c1', id: 'f10' }, 0, bytes(1));
  await filesOf().remove(ref);
  expect([...s3.objects.keys()]).toEqual(['box/c1/f10/000000000000-000000000001']);
  expect(await files.read(ref, 0, 9)).toBeUndefined();
  expect([await files.isFinished(ref), await files.size(ref)]).toEqual([false, 0]);
});

it('all files of a conversation are removed, and those of a conversation whose id begins with the same stay', async () => {
  const files = filesOf();
  for (const conversationId of ['c1', 'c10'])
    for (const id of ['f1', 'f2']) await files.write({ conversationId, id }, 0, bytes(3));
  await files.removeAll('c1');
  expect([...s3.objects.keys()].every((key) => key.startsWith('box/c10/'))).toBe(true);
  expect(s3.objects.size).toBe(2);
  expect(await files.size(ref)).toBe(0);
});

describe('a store of files that fails', () => {
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'it succeeded',
      (error: { code?: string }) => error.code,
    );

  it.each([500, 503, 429, 'cut before', 'cut after'] as const)(
    'with %s for a moment is asked again, and nothing fails',
    async (fault) => {
      const files = filesOf();
      const faults = new Map<string, number>();
      s3.intercept = (method, key) => {
        const count = faults.get(method + key) ?? 0;
        faults.set(method + key, count + 1);
        return count % 3 < 2 ? fault : undefined;
      };
      await files.write(ref, 0, bytes(4));
      await files.write(ref, 4, bytes(4));
      await files.finish(ref);
      expect(await files.read(ref, 2, 4)).toEqual(bytes(4));
      await files.remove(ref);
      expect([Math.min(...faults.values()), s3.objects.size]).toEqual([3, 0]);
    },
  );

  it.each([
    ['the first part', (files: BucketFiles) => files.write(ref, 0, bytes(4, 'a'))],
    ['a later part', (files: BucketFiles) => files.write(ref, 4, bytes(4, 'b'))],
    ['the end', (files: BucketFiles) => files.finish(ref)],
    ['the removal', (files: BucketFiles) => files.remove(ref)],
  ])(
    'in the middle refuses %s, whose repeat succeeds, and what was stored before stays',
    async (name, step) => {
      for (const fault of [503, 'cut before', 'cut after'] as const) {
        s3.objects.clear();
        const files = filesOf();
        if (name !== 'the first part') await files.write(ref, 0, bytes(4, 'a'));
        if (['the end', 'the removal'].includes(name)) await files.write(ref, 4, bytes(4, 'b'));
        s3.intercept = (method) => (['PUT', 'POST'].includes(method) ? fault : undefined);
        expect(await codeOf(step(files))).toBe('STORAGE_UNAVAILABLE');
        s3.intercept = undefined;
        await step(files);
        const whole = name === 'the removal' ? '' : name === 'the first part' ? 'aaaa' : 'aaaabbbb';
        for (const one of [files, filesOf()]) {
          expect(await one.size(ref)).toBe(whole.length);
          expect(await one.isFinished(ref)).toBe(name === 'the end');
        }
      }
    },
  );

  it('and does not answer is given up after its time, and the sentence says what goes on', async () => {
    const files = filesOf();
    await files.write(ref, 0, bytes(4));
    await s3.stop();
    const error: Error & { code?: string } = await files.read(ref, 0, 4).then(
      () => expect.fail(),
      (one) => one,
    );
    expect([error.code, error.message]).toEqual([
      'STORAGE_UNAVAILABLE',
      'The files of messages cannot be reached at the moment. Nothing was changed; texts still go.',
    ]);
    s3 = await startS3Server({ bucket: 'family', secret: 'of it', pageSize: 3 });
  });

  it('with a wrong answer, such as a list that is none, acknowledges nothing', async () => {
    s3.intercept = (method) => (method === 'GET' ? 200 : undefined);
    expect(await codeOf(filesOf().write(ref, 0, bytes(4)))).toBe('STORAGE_UNAVAILABLE');
    expect(s3.objects.size).toBe(0);
  });
});
