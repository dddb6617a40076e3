import type { Figures } from '../figures/box-figures.ts';
import type { AlertCode } from './alert-texts.ts';

/** What the rules see besides the figures. */
export type Moment = {
  /** The wall clock, and since the start of the process, in milliseconds. */
  wall: number;
  upMs: number;
  /** Refused logins in the last ten minutes. */
  refusedLogins: number;
};

/**
 * When an alert begins and ends: after `isWrong` held for `afterMs`, and once `isRight` holds. Between both nothing changes, so
 * that a figure at the bound alerts once.
 */
export type Rule = {
  code: AlertCode;
  afterMs: number;
  isWrong(figures: Figures, moment: Moment): boolean;
  isRight(figures: Figures, moment: Moment): boolean;
};

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MAX_BACKUP_AGE_MS = 36 * HOUR_MS;
/** How long a jump of the clock is reported. */
const JUMP_SHOWN_MS = HOUR_MS;

/** A rule that ends as soon as its cause does. */
const plain = (code: AlertCode, afterMs: number, isWrong: Rule['isWrong']): Rule => ({
  code,
  afterMs,
  isWrong,
  isRight: (...of) => !isWrong(...of),
});

const usedDisk = ({ space }: Figures) =>
  space && space.totalBytes > 0 ? 1 - space.freeBytes / space.totalBytes : 0;
const usedHeap = ({ heapBytes, heapLimitBytes }: Figures) => heapBytes / heapLimitBytes;
const years = ({ flashYears = Number.POSITIVE_INFINITY }: Figures) => flashYears;

/** All alerts of a box. */
export const RULES: readonly Rule[] = [
  {
    code: 'disk',
    afterMs: 0,
    isWrong: (figures) => usedDisk(figures) >= 0.85,
    isRight: (figures) => usedDisk(figures) < 0.83,
  },
  plain('not-ready', 2 * MINUTE_MS, ({ isWritable }) => !isWritable),
  plain('cipher', MINUTE_MS, ({ cipher }) => !cipher.reachable),
  plain('tunnel', 5 * MINUTE_MS, ({ tunnel }) => tunnel === 'away'),
  {
    code: 'heap',
    // Garbage counts until it is collected.
    afterMs: 5 * MINUTE_MS,
    isWrong: (figures) => usedHeap(figures) >= 0.8,
    isRight: (figures) => usedHeap(figures) < 0.7,
  },
  // A box without a battery shows 1970 until it reaches a time server.
  plain(
    'clock',
    0,
    ({ at, clock }, { upMs }) =>
      (!clock.trusted && upMs >= 10 * MINUTE_MS) ||
      (clock.jumpedAt !== undefined && at - clock.jumpedAt < JUMP_SHOWN_MS),
  ),
  plain(
    'certificate',
    0,
    ({ certificateEnd, clock }, { wall }) =>
      clock.trusted && certificateEnd !== undefined && certificateEnd - wall < 30 * DAY_MS,
  ),
  plain('backup-age', 0, ({ backup, clock }, { wall, upMs }) => {
    if (backup.target === undefined || !clock.trusted) return false;
    return backup.lastAt === undefined ? upMs > MAX_BACKUP_AGE_MS : wall - backup.lastAt > MAX_BACKUP_AGE_MS;
  }),
  plain(
    'backup-failed',
    0,
    ({ backup }) =>
      backup.target !== undefined && (backup.error !== undefined || backup.rehearsal === 'failed'),
  ),
  {
    code: 'logins',
    afterMs: 0,
    isWrong: (_, { refusedLogins }) => refusedLogins >= 50,
    isRight: (_, { refusedLogins }) => refusedLogins < 10,
  },
  {
    code: 'wear',
    afterMs: 0,
    isWrong: (figures) => years(figures) < 2,
    isRight: (figures) => years(figures) >= 2.5,
  },
];
