import type { Config } from '../../config.ts';
import { sendControlRequest } from '../../storage/lowdb/control-socket.ts';
import { readStorageKey } from '../../storage/lowdb/storage-key.ts';
import type { BackupState } from '../../wire/owner.ts';
import { nextBackupAt } from './schedule.ts';
import { type NightlyState, readState, writeState } from './state-file.ts';

export type SchedulerInput = {
  /** Where backups go, for people. */
  label: string;
  /** Local time of the day, `HH:MM`. */
  time: string;
  scratchDir: string;
  /** Makes one backup, and records its outcome in the state file. */
  run: () => Promise<void>;
  /** Reports the state to chat-core. @returns whether the owner requested a backup */
  report: (state: BackupState) => Promise<boolean>;
  now?: () => number;
};

/** Makes due backups, one at a time. It writes only when a backup begins or ends. */
export class Scheduler {
  private readonly input: SchedulerInput;
  private running: Promise<void> | undefined;

  constructor(input: SchedulerInput) {
    this.input = input;
  }

  /** Notes an attempt that a power cut or a kill interrupted. To be called once, before the first `tick`. */
  async recover(): Promise<void> {
    const { scratchDir } = this.input;
    const state = await readState(scratchDir);
    if (state.running) await writeState(scratchDir, interrupted(state));
  }

  /** Reports the state, and starts a backup when one is due or requested. Does not wait for its end. */
  async tick(): Promise<void> {
    const { label, time, scratchDir, report, now = Date.now } = this.input;
    const state = await readState(scratchDir);
    const next = nextBackupAt(state, time, now());
    const { lastAt, lastBytes, rehearsedAt, rehearsal, error, lastAttemptAt } = state;
    const isRequested = await report({
      target: label,
      ...(lastAt !== undefined && { lastAt }),
      ...(lastBytes !== undefined && { lastBytes }),
      ...(rehearsedAt !== undefined && { rehearsedAt }),
      ...(rehearsal !== undefined && { rehearsal }),
      ...(error !== undefined && { error }),
      ...(lastAttemptAt !== undefined && { attemptAt: lastAttemptAt }),
      ...(this.running && { running: true as const }),
      next,
    });
    if (this.running || (next > now() && !isRequested)) return;
    this.running = this.runOne().finally(() => {
      this.running = undefined;
    });
  }

  /** Resolves when no backup runs. */
  async idle(): Promise<void> {
    await this.running;
  }

  private async runOne(): Promise<void> {
    const { run, scratchDir, now = Date.now } = this.input;
    const begun = now();
    await run().catch(() => {});
    // A run that was killed has not recorded how it ended.
    const state = await readState(scratchDir);
    if (state.running || (state.lastAttemptAt ?? 0) < begun)
      await writeState(scratchDir, interrupted({ ...state, lastAttemptAt: begun })).catch(() => {});
  }
}

function interrupted(state: NightlyState): NightlyState {
  return { ...state, running: false, failures: state.failures + 1, error: 'INTERRUPTED' };
}

/** Reports to the chat-core that uses DATA_DIR. One that does not run, or is busy, requests nothing. */
export async function reportToCore(
  { dataDir, keysDir }: Pick<Config, 'dataDir' | 'keysDir'>,
  state: BackupState,
): Promise<boolean> {
  try {
    const target = { folder: dataDir, key: readStorageKey(keysDir) };
    const response = await sendControlRequest(target, { ask: 'backup-state', state });
    return (response?.answer as { start?: boolean } | undefined)?.start === true;
  } catch {
    return false;
  }
}
