import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRecoveryKey } from '../src/commands/backup/recovery-key.ts';
import { closeConnections } from './ask.ts';
import { runCommandFile } from './command-file.ts';
import type { BenchOptions } from './options.ts';
import { addFigure, number, pause } from './report.ts';
import { SENDS_PER_SECOND, sendMeanwhile } from './send-meanwhile.ts';
import { createTestbed } from './testbed.ts';

const MESSAGES = 200_000;
const GOAL_S = 60;
const P99_GOAL_MS = 100;

/** The figures of docs/benchmarks.md on backups: a nightly backup to a folder, its rehearsal, a restore, and sends meanwhile. */
export async function benchBackups({ quick, folder }: BenchOptions): Promise<void> {
  const messages = quick ? 5000 : MESSAGES;
  const testbed = await createTestbed(folder, { users: 100, conversations: 50, messages });
  const [dataDir, keysDir] = [join(testbed.folder, 'data'), join(testbed.folder, 'keys')];
  const usb = join(testbed.folder, 'usb');
  await mkdir(usb);
  const identity = join(testbed.folder, 'identity');
  await writeFile(identity, await createRecoveryKey(keysDir));
  const env = {
    DATA_DIR: dataDir,
    KEYS_DIR: keysDir,
    CIPHER_PORT: String(testbed.cipher().port),
    BACKUP_TARGET: usb,
    BACKUP_SCRATCH_DIR: join(testbed.folder, 'scratch'),
  };
  try {
    const core = await testbed.startCore();
    const [, alone] = await sendMeanwhile(core.port, testbed, pause(quick ? 2000 : 15_000));
    const [{ output }, times] = await sendMeanwhile(
      core.port,
      testbed,
      runCommandFile('backups', ['--now'], env),
    );
    const [backup = 0, rehearsal = 0] = [...output.matchAll(/in ([\d.]+) s/g)].map(([, s]) => Number(s));
    const of = `${number(messages)} messages`;
    addFigure(`backup of ${of}`, `${number(backup, 1)} s`, `≤ ${GOAL_S} s`, backup <= GOAL_S);
    addFigure(`rehearsal of it`, `${number(rehearsal, 1)} s`, `≤ ${GOAL_S} s`, rehearsal <= GOAL_S);
    const p99Of = (all: number[]) => all.toSorted((a, b) => a - b)[Math.floor(all.length * 0.99)] ?? 0;
    const p99 = p99Of(times);
    addFigure('the same before it, for comparison', `${number(p99Of(alone), 1)} ms`, '–', undefined);
    const paced = `p99 of ${number(times.length)} sends meanwhile, ${SENDS_PER_SECOND} a second`;
    addFigure(paced, `${number(p99, 1)} ms`, `≤ ${P99_GOAL_MS} ms`, p99 <= P99_GOAL_MS);
    await core.stop();
    const { seconds } = await runCommandFile('restore', [usb, '--identity-file', identity], env);
    addFigure(`restore of it`, `${number(seconds, 1)} s`, `≤ ${GOAL_S} s`, seconds <= GOAL_S);
  } finally {
    closeConnections();
    await testbed.remove();
  }
}
