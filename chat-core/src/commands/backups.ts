/** `npm run backups`: backs the box up each night to BACKUP_TARGET, and rehearses each backup. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { readConfig } from '../config.ts';
import { print, refuseUsage, runCommand, stopSignal } from './command.ts';
import { type BackupSettings, readBackupSettings } from './nightly/config.ts';
import { reportToCore, Scheduler } from './nightly/scheduler.ts';

const TICK_MS = 15_000;
/** Shows the parent, `npm start`, that the event loop is not blocked. */
const HEARTBEAT_INTERVAL_MS = 5000;
/** A send must not wait for a backup: its process gets what the others leave of the processor. */
const { PRIORITY_LOW } = constants.priority;

const USAGE = `npm run backups
Each day at BACKUP_TIME (03:00 unless set) it backs the box up to BACKUP_TARGET, a folder, https://… (WebDAV) or
s3://bucket/prefix, restores that backup to a scratch folder, checks it and opens a sample. The newest of each of the last
7 days and 4 weeks stay. A backup that failed is repeated after a pause. docs/backup.md has the settings.

  --now   make one backup now, and end
  --help  this
`;

await runCommand(USAGE, { now: { type: 'boolean' } }, async (args) => {
  if (args.positionals.length > 0) return refuseUsage(USAGE);
  const settings = readBackupSettings();
  if (settings.target === undefined)
    throw new Error('BACKUP_TARGET is not set: name a folder, https://… (WebDAV) or s3://bucket/prefix.');
  const { openTarget } = await import('./nightly/open-target.ts');
  const target = openTarget(settings.target);
  if (args.flag('now')) return backUpNow(settings, target);
  await schedule(settings, target.label);
  return true;
});

async function backUpNow(
  { scratchDir, settingsDir }: BackupSettings,
  target: Parameters<typeof import('./nightly/run-backup.ts').runBackup>[0]['target'],
): Promise<boolean> {
  setPriority(PRIORITY_LOW);
  const { runBackup } = await import('./nightly/run-backup.ts');
  const { name, bytes, copied, missing, messages, opened, files, pruned, unreadable, took } = await runBackup(
    {
      config: readConfig(),
      target,
      scratchDir,
      settingsDir,
    },
  );
  print(
    `${name} at ${target.label}: ${bytes.toLocaleString('en')} bytes, ${copied} new files of messages, in ${seconds(took.backup)} s.`,
  );
  print(
    `Rehearsed: ${opened} of ${messages.toLocaleString('en')} messages and ${files} files opened, in ${seconds(took.rehearsal)} s.`,
  );
  if (missing > 0) print(`${missing} files of messages are not in it: deleted meanwhile, or missing here.`);
  for (const one of unreadable) print(`${one} is not in it: this user may not read it.`);
  for (const one of pruned.backups) print(`${one} was removed.`);
  return true;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}

async function schedule({ time, scratchDir }: BackupSettings, label: string): Promise<void> {
  const config = readConfig();
  const signal = stopSignal();
  const scheduler = new Scheduler({
    label,
    time,
    scratchDir,
    report: (state) => reportToCore(config, state),
    // A process for each backup gives its memory back.
    run: async () => {
      const child = fork(process.argv[1] ?? '', ['--now'], { stdio: 'inherit' });
      const stop = () => child.kill();
      signal.addEventListener('abort', stop);
      await once(child, 'exit');
      signal.removeEventListener('abort', stop);
    },
  });
  await scheduler.recover();
  print(`Backups go to ${label}, each day at ${time}.`);
  const sendHeartbeat = () => process.connected && process.send?.({ type: 'alive' });
  if (process.connected) {
    process.once('disconnect', () => process.emit('SIGTERM', 'SIGTERM'));
    process.send?.({ type: 'ready', port: 0 });
  }
  const heartbeat = setInterval(sendHeartbeat, HEARTBEAT_INTERVAL_MS);
  while (!signal.aborted) {
    await scheduler.tick().catch((error: Error) => print(`The backups failed: ${error.message}`));
    await delay(TICK_MS, undefined, { signal }).catch(() => {});
  }
  await scheduler.idle();
  clearInterval(heartbeat);
  if (process.connected) process.disconnect?.();
}
