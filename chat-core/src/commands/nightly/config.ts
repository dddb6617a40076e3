import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { readS3Address } from '../../files-settings.ts';

const Variables = z.object({
  BACKUP_TARGET: z.string().optional(),
  BACKUP_TIME: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'takes a time such as 03:00')
    .default('03:00'),
  BACKUP_SCRATCH_DIR: z.string().default('./backup-scratch'),
  BACKUP_SETTINGS_DIR: z.string().optional(),
  BACKUP_S3_ENDPOINT: z.url({ protocol: /^https?$/, error: 'takes an http(s) address' }).optional(),
  BACKUP_S3_REGION: z.string().default('us-east-1'),
  BACKUP_S3_KEY_ID_FILE: z.string().optional(),
  BACKUP_S3_SECRET_FILE: z.string().optional(),
  BACKUP_WEBDAV_USER: z.string().optional(),
  BACKUP_WEBDAV_PASSWORD_FILE: z.string().optional(),
});

/** Where backups go, as it is set: no secret has been read yet. */
export type TargetSettings =
  | { kind: 'folder'; path: string }
  | { kind: 'webdav'; url: string; user: string | undefined; passwordFile: string | undefined }
  | {
      kind: 's3';
      endpoint: string;
      region: string;
      bucket: string;
      prefix: string;
      keyIdFile: string;
      secretFile: string;
    };

export type BackupSettings = {
  /** undefined: no nightly backups. */
  target: TargetSettings | undefined;
  /** Local time of the day, `HH:MM`. */
  time: string;
  /** Holds the state of the nightly backups, and what a backup and its rehearsal need meanwhile. */
  scratchDir: string;
  /** The folder of `.env` and the tunnel's files. */
  settingsDir: string | undefined;
};

/** Reads the settings of nightly backups (docs/backup.md). @throws Error with one sentence that names the variable at fault */
export function readBackupSettings(env: NodeJS.ProcessEnv = process.env): BackupSettings {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const read = Variables.safeParse(given);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new Error(`The variable ${issue?.path.join('.')} ${issue?.message}.`);
  }
  const { BACKUP_TARGET, BACKUP_TIME, BACKUP_SCRATCH_DIR, BACKUP_SETTINGS_DIR } = read.data;
  return {
    target: BACKUP_TARGET === undefined ? undefined : targetOf(BACKUP_TARGET, read.data),
    time: BACKUP_TIME,
    scratchDir: BACKUP_SCRATCH_DIR,
    settingsDir: BACKUP_SETTINGS_DIR,
  };
}

function targetOf(text: string, is: z.output<typeof Variables>): TargetSettings {
  if (text.startsWith('s3:')) {
    const address = readS3Address(text);
    if (!address) throw new Error('The variable BACKUP_TARGET takes s3://bucket/prefix.');
    const { BACKUP_S3_ENDPOINT: endpoint, BACKUP_S3_REGION: region } = is;
    const { BACKUP_S3_KEY_ID_FILE: keyIdFile, BACKUP_S3_SECRET_FILE: secretFile } = is;
    if (endpoint === undefined || keyIdFile === undefined || secretFile === undefined)
      throw new Error(
        'The variable BACKUP_TARGET names S3: set BACKUP_S3_ENDPOINT, BACKUP_S3_KEY_ID_FILE and BACKUP_S3_SECRET_FILE too.',
      );
    return { kind: 's3', endpoint, region, ...address, keyIdFile, secretFile };
  }
  if (/^https?:/.test(text)) {
    const url = URL.parse(text);
    if (!url || [url.username, url.password, url.search, url.hash].some((part) => part !== ''))
      throw new Error(
        'The variable BACKUP_TARGET takes an address without a user and a question mark: set BACKUP_WEBDAV_USER and BACKUP_WEBDAV_PASSWORD_FILE.',
      );
    const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
    if (url.protocol === 'http:' && !isLocal)
      throw new Error('The variable BACKUP_TARGET takes https for WebDAV: http would show the password.');
    const { BACKUP_WEBDAV_USER: user, BACKUP_WEBDAV_PASSWORD_FILE: passwordFile } = is;
    return { kind: 'webdav', url: url.href.replace(/\/*$/, '/'), user, passwordFile };
  }
  if (/^\w+:\/\//.test(text))
    throw new Error('The variable BACKUP_TARGET takes a folder, https://… (WebDAV) or s3://….');
  return { kind: 'folder', path: text };
}

/** The secret in a file, without the line end. @throws Error that names the file and not its content */
export function readSecret(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new Error(`The file ${file} cannot be read: it should hold a secret of the backup target.`, {
      cause,
    });
  }
}
