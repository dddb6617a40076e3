import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import type { Config } from '../../config.ts';
import { realDisk } from '../../storage/lowdb/disk/disk.ts';
import { lockFolder } from '../../storage/lowdb/disk/lock.ts';
import { readRecipient } from '../backup/recovery-key.ts';
import { writeBackupFile } from '../backup/write-backup.ts';
import { type PrunedTarget, pruneTarget } from './prune-target.ts';
import { type Published, publishBackup } from './publish.ts';
import { type Rehearsal, rehearseBackup } from './rehearse.ts';
import { nameOfBackup, nextStamp, timeOfBackup } from './retention.ts';
import { type NightlyState, readState, writeState } from './state-file.ts';
import { BackupError, type Target } from './target.ts';

export type RunInput = {
  config: Config;
  target: Target;
  scratchDir: string;
  settingsDir?: string | undefined;
  now?: () => number;
};
/** What one run has done. */
export type RunResult = Published &
  Rehearsal & {
    name: string;
    pruned: PrunedTarget;
    unreadable: string[];
    /** Milliseconds of the backup until it is stored, and of its rehearsal. */
    took: { backup: number; rehearsal: number };
  };

/**
 * Makes one backup at a target: sealed into the scratch folder while the store is held, stored, rehearsed, and only then
 * are older ones removed. The state file tells the outcome, also of a failure. @throws BackupError
 */
export async function runBackup(input: RunInput): Promise<RunResult> {
  const { scratchDir, now = Date.now } = input;
  await realDisk.makeFolder(scratchDir);
  const lock = await lockFolder(scratchDir).catch((cause: Error) => {
    throw new BackupError('BACKUP_FAILED', `Another backup runs: ${cause.message}`, cause);
  });
  try {
    return await recorded(input, now);
  } finally {
    await lock.release();
  }
}

/** One run, whose beginning and end are in the state file. */
async function recorded(input: RunInput, now: () => number): Promise<RunResult> {
  const { scratchDir } = input;
  const begun = now();
  const before = await readState(scratchDir);
  let state: NightlyState = { ...before, lastAttemptAt: begun, running: true };
  const save = async (change: Partial<NightlyState>) => {
    state = { ...state, ...change };
    await writeState(scratchDir, state);
  };
  await save({});
  try {
    const result = await attempt(input, state, save);
    const error = result.unreadable.length > 0 ? 'SETTINGS_UNREADABLE' : undefined;
    await save({ failures: 0, running: false, error });
    return result;
  } catch (cause) {
    const error = asBackupError(cause);
    const isRehearsal = error.code === 'REHEARSAL_FAILED' || error.code === 'TARGET_DAMAGED';
    await save({
      failures: before.failures + 1,
      running: false,
      error: error.code,
      ...(isRehearsal && { rehearsal: 'failed', rehearsedAt: now() }),
    }).catch(() => {});
    throw error;
  }
}

async function attempt(
  { config, target, scratchDir, settingsDir, now = Date.now }: RunInput,
  { rehearsedName, ownDisk }: NightlyState,
  save: (change: Partial<NightlyState>) => Promise<void>,
): Promise<RunResult> {
  const { dataDir, keysDir } = config;
  const recipient = await readRecipient(keysDir);
  if (recipient === undefined)
    throw new BackupError(
      'NO_RECOVERY_KEY',
      'This box has no recovery key yet: run npm run backup -- --new-recovery-key once where you can read its answer.',
    );
  const started = performance.now();
  const spool = join(scratchDir, 'spool');
  await rm(spool, { recursive: true, force: true });
  await realDisk.makeFolder(spool);
  try {
    const there = await target.list();
    const isOwnDisk = await isOnOwnDisk(target, dataDir);
    if (ownDisk === target.label && !isOwnDisk)
      throw new BackupError(
        'TARGET_MISSING',
        `${target.label} was on a disk of its own and is now on that of the box: is its disk mounted?`,
      );
    const begun = now();
    const name = nameOfBackup(
      nextStamp(
        there.map((one) => one.name),
        begun,
      ),
    );
    const identity = await generateX25519Identity();
    const file = join(spool, name);
    const { manifest, unreadable } = await writeBackupFile(
      {
        dataDir,
        keysDir,
        recipient,
        settingsDir,
        rehearsalRecipient: await identityToRecipient(identity),
        attachments: 'beside',
      },
      file,
      { replace: true, onBytes: () => {} },
    );
    const published = await publishBackup(target, { name, file, manifest, recipient, dataDir }, there);
    await rm(file);
    await save({
      lastAt: begun,
      lastName: name,
      lastBytes: published.bytes,
      rehearsal: undefined,
      ownDisk: isOwnDisk ? target.label : undefined,
    });
    const { sha256, gone } = published;
    const storedAt = performance.now();
    const rehearsal = await rehearseBackup({ target, name, identity, sha256, gone, scratchDir, config });
    const took = { backup: storedAt - started, rehearsal: performance.now() - storedAt };
    await save({ rehearsal: 'ok', rehearsedAt: now(), rehearsedName: name });
    const protectedNames = [name, ...(rehearsedName === undefined ? [] : [rehearsedName])];
    const time = timeOfBackup(name) ?? begun;
    const pruned =
      published.missing > 0
        ? { backups: [], files: 0 }
        : await pruneTarget(target, { recipient, protectedNames, now: time });
    return { ...published, ...rehearsal, name, pruned, unreadable, took };
  } finally {
    await rm(spool, { recursive: true, force: true });
  }
}

async function isOnOwnDisk(target: Target, dataDir: string): Promise<boolean> {
  const device = await target.device?.();
  return device !== undefined && device !== (await stat(dataDir)).dev;
}

function asBackupError(cause: unknown): BackupError {
  if (cause instanceof BackupError) return cause;
  const { message } = cause as Error;
  const isFull = /^The (backup|rehearsal of the backup) needs /.test(message);
  return new BackupError(isFull ? 'NO_ROOM' : 'BACKUP_FAILED', message, cause);
}
