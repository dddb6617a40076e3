import type { BoxStatus } from '../../../../chat-core/src/wire/wire.ts';

/** `bad`: the box does not work as it should; `warn`: it will not for long. */
export type Level = 'bad' | 'warn';
export type Finding = { name: FindingName; level: Level; since?: number; code?: string };
export type FindingName = keyof typeof LEVELS | 'other';

/** What can be wrong with a box, the most urgent first. */
const LEVELS = {
  notReady: 'bad',
  cipher: 'bad',
  disk: 'warn',
  tunnel: 'bad',
  timeOff: 'warn',
  clock: 'warn',
  backupFailed: 'bad',
  backup: 'warn',
  heap: 'warn',
  certificate: 'warn',
  logins: 'warn',
  wear: 'warn',
  backupNone: 'warn',
} as const satisfies Record<string, Level>;

/** The names of alerts that differ from those of their finding. */
const ALERTS: Record<string, FindingName> = {
  'not-ready': 'notReady',
  'backup-age': 'backup',
  'backup-failed': 'backupFailed',
};

/** A disk fuller than this needs attention. */
const FULL_DISK = 0.85;
const FULL_HEAP = 0.8;
const MIN_CERTIFICATE_DAYS = 30;
const MIN_FLASH_YEARS = 2;
const MAX_BACKUP_AGE_MS = 36 * 3_600_000;

/** What is wrong with a box, by its figures and by the alerts it raised itself: the most urgent first, each once. */
export function findingsOf(status: BoxStatus, now: number): Finding[] {
  const { disk, memory, cipher, tunnel, clock, backup, flashYears, certificateDaysLeft } = status;
  const isWrong: Partial<Record<FindingName, boolean>> = {
    disk: 1 - disk.freeBytes / disk.totalBytes >= FULL_DISK,
    heap: memory.heapBytes / memory.heapLimitBytes >= FULL_HEAP,
    cipher: !cipher.reachable,
    tunnel: tunnel === 'away',
    timeOff: clock?.waiting === true,
    clock: clock?.trusted === false,
    certificate: certificateDaysLeft !== undefined && certificateDaysLeft < MIN_CERTIFICATE_DAYS,
    wear: flashYears !== undefined && flashYears < MIN_FLASH_YEARS,
    backupFailed: backup?.error !== undefined || backup?.rehearsal === 'failed',
    backup: backup?.lastAt !== undefined && now - backup.lastAt > MAX_BACKUP_AGE_MS,
    backupNone: backup !== undefined && backup.target === undefined && !backup.ofDatabase,
  };
  const alerts = status.alerts.map(({ code, since }) => {
    const name = ALERTS[code] ?? code;
    return isKnown(name) ? { name, since } : { name: 'other' as const, since, code };
  });
  const known = (Object.keys(LEVELS) as (keyof typeof LEVELS)[]).flatMap((name): Finding[] => {
    const alert = alerts.find((one) => one.name === name);
    if (!alert && !isWrong[name]) return [];
    return [{ name, level: LEVELS[name], ...(alert && { since: alert.since }) }];
  });
  const others = alerts.filter(({ name }) => name === 'other');
  return [...known, ...others.map((one): Finding => ({ ...one, level: 'warn' }))];
}

const isKnown = (name: string): name is keyof typeof LEVELS => name in LEVELS;
