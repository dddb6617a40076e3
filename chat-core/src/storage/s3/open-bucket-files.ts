import { v4 as uuid } from 'uuid';
import type { BucketSettings } from '../../files-settings.ts';
import { Bucket } from './bucket.ts';
import { BucketRefusal, bucketSentence, isPassing } from './bucket-error.ts';
import { BucketFiles } from './bucket-files.ts';

type Warn = (message: string, details: Record<string, unknown>) => void;
type OpenFiles = { files: BucketFiles; close: () => void };

/**
 * Opens the bucket of FILES_URL, after all that files need was tried with an object of a random name. A bucket that cannot be reached
 * now does not end the start: texts do not need it.
 * @throws Error with a sentence that names the cure, when the settings are wrong
 */
export async function openBucketFiles(
  settings: BucketSettings,
  warn: Warn,
  bucket = new Bucket(settings),
): Promise<OpenFiles> {
  const key = `check-${uuid()}`;
  const steps: [right: string, step: () => Promise<unknown>][] = [
    ['s3:ListBucket', () => bucket.list(key, 1).next()],
    ['s3:PutObject', () => bucket.put(key, Buffer.from('check'))],
    ['s3:GetObject', () => bucket.get(key)],
    ['s3:DeleteObject', () => bucket.remove([key])],
  ];
  for (const [right, step] of steps) {
    try {
      await step();
    } catch (error) {
      if (error instanceof BucketRefusal && !isPassing(error)) {
        bucket.close();
        throw new Error(bucketSentence(settings, error, right), { cause: error });
      }
      const { message, cause } = error as Error;
      if (isOfCertificate(cause)) {
        bucket.close();
        throw new Error(
          `FILES_S3_ENDPOINT: ${message}. Name the authority of its certificate in NODE_EXTRA_CA_CERTS, or correct the address.`,
          { cause },
        );
      }
      warn('the bucket of FILES_URL cannot be reached; files wait, texts go', { reason: message });
      break;
    }
  }
  return { files: new BucketFiles(bucket, warn), close: () => bucket.close() };
}

/** Whether a connection failed because the certificate of the service is not trusted, which no repeat changes. */
function isOfCertificate(cause: unknown): boolean {
  const { code = '' } = (cause ?? {}) as NodeJS.ErrnoException;
  return /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code);
}
