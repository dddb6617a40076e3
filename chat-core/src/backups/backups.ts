import type { BackupState } from '../wire/owner.ts';

/** The process of backups reports every few seconds: silent for so long, it does not run. */
const MAX_SILENCE_MS = 120_000;

/** The nightly backups, which a process of its own makes, as chat-core knows them. */
export type Backups = {
  /** The last report; with the error BACKUPS_STOPPED when the process does not report any more. */
  backupState(): BackupState;
  /** Requests a backup: the process starts it at its next report. @returns whether the process runs */
  runBackup(): boolean;
  /** Takes a report of the process. @returns whether a backup was requested since the last one */
  report(state: BackupState): { start: boolean };
};

/** `elapsed`: monotonic milliseconds; `initial`: what is known before the first report. */
export function createBackups(
  elapsed: () => number = () => performance.now(),
  initial: BackupState = {},
): Backups {
  let state = initial;
  let reportedAt: number | undefined;
  let isRequested = false;
  const isSilent = () => reportedAt === undefined || elapsed() - reportedAt > MAX_SILENCE_MS;
  return {
    backupState: () =>
      reportedAt !== undefined && isSilent() ? { ...state, error: 'BACKUPS_STOPPED' } : state,
    runBackup: () => {
      if (isSilent()) return false;
      isRequested = true;
      return true;
    },
    report: (next) => {
      const start = isRequested;
      [state, reportedAt, isRequested] = [next, elapsed(), false];
      return { start };
    },
  };
}
