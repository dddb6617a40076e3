/** Days and weeks of which the newest backup stays. */
const DAYS = 7;
const WEEKS = 4;
const DAY_MS = 24 * 3_600_000;
const STAMP = /^bisik-(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)Z\.age$/;

/** The time in the name of a backup, in epoch milliseconds; undefined for other names. */
export function timeOfBackup(name: string): number | undefined {
  const [, day, hours, minutes, seconds] = STAMP.exec(name) ?? [];
  const time = Date.parse(`${day}T${hours}:${minutes}:${seconds}Z`);
  return Number.isNaN(time) ? undefined : time;
}

/** The name of a backup that begins at a time, to the second. */
export function nameOfBackup(time: number): string {
  return `bisik-${new Date(time).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length).replaceAll(':', '-')}Z.age`;
}

/**
 * The time under which a new backup is named: now, or a second after the newest one where a clock that jumped would put it
 * among older ones, so that the order of the names stays the order of the backups.
 */
export function nextStamp(names: string[], now: number): number {
  const newest = Math.max(...names.map((name) => timeOfBackup(name) ?? Number.NEGATIVE_INFINITY));
  return Math.max(now, newest + 1000);
}

/**
 * The backups that retention removes: all but the newest of each of the newest 7 days and of the newest 4 weeks (UTC) that
 * have one, counted from backups and not from the clock; `protectedNames` stay too. Names that are no backup's are never among them.
 */
export function expiredBackups(names: string[], protectedNames: string[]): string[] {
  const dated = names
    .flatMap((name) => {
      const time = timeOfBackup(name);
      return time === undefined ? [] : [{ name, time }];
    })
    .sort((one, other) => other.time - one.time);
  const kept = new Set(protectedNames);
  const keepNewest = (periods: number, periodOf: (time: number) => number) => {
    const seen = new Set<number>();
    for (const { name, time } of dated) {
      const period = periodOf(time);
      if (seen.has(period) || seen.size === periods) continue;
      seen.add(period);
      kept.add(name);
    }
  };
  keepNewest(DAYS, (time) => Math.floor(time / DAY_MS));
  // 1970-01-01 was a Thursday: weeks begin on Monday.
  keepNewest(WEEKS, (time) => Math.floor((time / DAY_MS + 3) / 7));
  return dated.map(({ name }) => name).filter((name) => !kept.has(name));
}
