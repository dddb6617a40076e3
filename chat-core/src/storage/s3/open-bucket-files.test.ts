import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type S3Server, startS3Server } from '../../../test/support/s3-server.ts';
import type { BucketSettings } from '../../files-settings.ts';
import { Bucket } from './bucket.ts';
import { openBucketFiles } from './open-bucket-files.ts';

let s3: S3Server;
beforeAll(async () => {
  s3 = await startS3Server({ bucket: 'family', secret: 'of it', region: 'ap-southeast-3' });
});
afterAll(() => s3.stop());
beforeEach(() => {
  s3.intercept = undefined;
});

const warnings: unknown[] = [];
/** The sentence with which the start ends, or how it went on. */
async function start(change: Partial<BucketSettings> = {}, now = Date.now): Promise<string> {
  const right = { region: 'ap-southeast-3', bucket: 'family', prefix: '', keyId: 'KEYID', secret: 'of it' };
  const settings = { endpoint: s3.endpoint, ...right, ...change };
  const bucket = new Bucket(settings, { pausesMs: [1], now });
  warnings.length = 0;
  return openBucketFiles(settings, (_, details) => warnings.push(details.reason), bucket).then(
    ({ close }) => {
      close();
      return warnings.length === 0 ? 'it opened' : `it opened, with a warning: ${warnings[0]}`;
    },
    ({ message }: Error) => message,
  );
}

it('the right settings open the bucket and leave nothing in it', async () => {
  expect(await start()).toBe('it opened');
  expect(s3.objects.size).toBe(0);
});

it.each([
  ['a wrong bucket', { bucket: 'famly' }, 'famly at .* is not there. Make it, or correct FILES_URL'],
  ['a wrong key', { keyId: 'OTHER' }, 'does not know the key FILES_S3_KEY_ID'],
  ['a wrong secret', { secret: 'rahasia' }, 'FILES_S3_SECRET is not the secret of FILES_S3_KEY_ID'],
  [
    'a wrong region',
    { region: 'us-east-1' },
    'is in the region ap-southeast-3, and FILES_S3_REGION is us-east-1. Set FILES_S3_REGION',
  ],
])('%s ends the start with a sentence that names the cure and no secret', async (_, change, sentence) => {
  const said = await start(change);
  expect(said).toMatch(new RegExp(`^FILES_URL: the bucket .*${sentence}`));
  expect(said).not.toMatch(/of it|rahasia/);
});

it.each([
  [20, '20 minutes ahead'],
  [-90, '90 minutes behind'],
])('a clock that is %i minutes off ends the start with a sentence that says so', async (minutes, words) => {
  const said = await start({}, () => Date.now() + minutes * 60_000);
  expect(said).toContain(`refuses the clock of this machine, which is ${words}. Set the clock (NTP).`);
});

it.each([
  ['GET', '', 's3:ListBucket'],
  ['PUT', 'check-', 's3:PutObject'],
  ['GET', 'check-', 's3:GetObject'],
  ['POST', '', 's3:DeleteObject'],
])('a key that may not %s %s ends the start with the right that it lacks', async (method, key, right) => {
  s3.intercept = (one, of) => (one === method && (key ? of.startsWith(key) : of === '') ? 403 : undefined);
  expect(await start()).toContain(`refuses the key FILES_S3_KEY_ID. Give it ${right} there`);
  s3.objects.clear();
});

it('an address that is no S3 service ends the start', async () => {
  s3.intercept = () => 400;
  expect(await start()).toContain('answered 400. Is FILES_S3_ENDPOINT the address of an S3-compatible');
});

it('a service that is away does not end the start, since texts do not need it, and is a warning', async () => {
  expect(await start({ endpoint: 'http://127.0.0.1:1' })).toBe(
    'it opened, with a warning: 127.0.0.1:1 does not answer: ECONNREFUSED',
  );
  s3.intercept = () => 503;
  expect(await start()).toContain('with a warning');
});
