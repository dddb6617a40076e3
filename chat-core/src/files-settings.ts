import { join } from 'node:path';
import { z } from 'zod';
import { readSettings } from './setting-files.ts';

/** `s3://bucket` or `s3://bucket/prefix`. */
const ADDRESS = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([\w./-]*?))?\/?$/;

/** A place in a bucket. `prefix` has no slash at its ends, and may be empty. */
export type S3Address = { bucket: string; prefix: string };

/** Reads `s3://bucket/prefix`; undefined where it is none. */
export function readS3Address(text: string): S3Address | undefined {
  const [, bucket, prefix = ''] = ADDRESS.exec(text) ?? [];
  return bucket === undefined ? undefined : { bucket, prefix };
}

/** The variables of the place of files, beside DATABASE_URL (docs/scaling.md). */
export const FILES_VARIABLES = {
  FILES_DIR: z.string().min(1, 'is empty').optional(),
  FILES_URL: z
    .string()
    .refine((text) => readS3Address(text) !== undefined, 'takes s3://bucket/prefix')
    .optional(),
  FILES_S3_ENDPOINT: z.url({ protocol: /^https?$/, error: 'takes an http(s) address' }).optional(),
  FILES_S3_REGION: z
    .string()
    .regex(/^[\w-]+$/, 'takes a name such as us-east-1')
    .default('us-east-1'),
  FILES_S3_KEY_ID: z.string().optional(),
  FILES_S3_SECRET: z.string().optional(),
};

/** A bucket of an S3-compatible service, and who may use it. */
export type BucketSettings = S3Address & {
  /** The address of the service, with path-style buckets below it. */
  endpoint: string;
  region: string;
  keyId: string;
  secret: string;
};

/** Where the sealed bytes of files are that several cores share. */
export type FilesSettings = { folder: string } | { bucket: BucketSettings };

/** @throws Error with one sentence that names the variable at fault */
export function readFilesSettings(
  is: z.output<z.ZodObject<typeof FILES_VARIABLES>>,
  { dataDir, isShared }: { dataDir: string; isShared: boolean },
): FilesSettings {
  const { FILES_URL: url, FILES_DIR: folder = join(dataDir, 'attachments') } = is;
  if (url === undefined) return { folder };
  if (is.FILES_DIR !== undefined)
    throw new Error('The variables FILES_URL and FILES_DIR are both set: files are in one place.');
  if (!isShared)
    throw new Error(
      'The variable FILES_URL needs DATABASE_URL: with LowDB the files of messages are in DATA_DIR, and in its backups.',
    );
  return { bucket: readBucketSettings(url, is) };
}

/**
 * The bucket of an address that an option names, with the variables FILES_S3_* of the environment.
 * @throws Error with one sentence that names the variable at fault
 */
export function readBucketVariables(url: string, env: NodeJS.ProcessEnv): BucketSettings {
  const { FILES_URL: _, FILES_DIR: __, ...variables } = FILES_VARIABLES;
  const read = z.object(variables).safeParse(readSettings(env, Object.keys(variables)));
  if (read.success) return readBucketSettings(url, read.data);
  const [issue] = read.error.issues;
  throw new Error(`The variable ${issue?.path.join('.')} ${issue?.message}.`);
}

function readBucketSettings(
  url: string,
  is: Omit<z.output<z.ZodObject<typeof FILES_VARIABLES>>, 'FILES_URL' | 'FILES_DIR'>,
): BucketSettings {
  const address = readS3Address(url);
  if (!address) throw new Error('The variable FILES_URL takes s3://bucket/prefix.');
  const { FILES_S3_REGION: region, FILES_S3_KEY_ID: keyId, FILES_S3_SECRET: secret } = is;
  if (keyId === undefined || secret === undefined)
    throw new Error(
      'The variable FILES_URL names a bucket: set FILES_S3_KEY_ID_FILE and FILES_S3_SECRET_FILE too.',
    );
  const endpoint = is.FILES_S3_ENDPOINT ?? `https://s3.${region}.amazonaws.com`;
  return { ...address, endpoint, region, keyId, secret };
}
