import type { BoxStatus } from '../../../../chat-core/src/wire/wire.ts';
import { el } from '../el.ts';
import { formatSize } from '../format-size.ts';
import type { Ui } from '../ui.ts';
import { relativeTime } from './relative-time.ts';

type Figure = [label: string, value: string | undefined];

/** Beyond so many years an estimate says only that it is long. */
const MANY_YEARS = 30;

/** The figures of the box, a card for each kind. What the box does not know is left out. */
export function figureCards(ui: Ui, status: BoxStatus): HTMLElement[] {
  const { i18n, now } = ui;
  const { t, locale } = i18n;
  const size = (bytes: number) => formatSize(bytes, locale);
  const number = (value: number, digits = 0) =>
    new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value);
  const ms = (value: number) => t('box.ms', { n: number(value, value < 10 ? 1 : 0) });
  const known = <Value>(value: Value | undefined, write: (value: Value) => string) =>
    value === undefined ? undefined : write(value);
  const { disk, memory, eventLoopDelayMs: delay, clock, cipher, tunnel } = status;

  const free = t(status.database ? 'box.freeHere' : 'box.free', {
    free: size(disk.freeBytes),
    total: size(disk.totalBytes),
  });
  const bar = el('meter', {
    class: 'storage-bar',
    min: 0,
    max: 1,
    high: 0.85,
    optimum: 0,
    value: 1 - disk.freeBytes / disk.totalBytes,
    'aria-label': t('box.diskBar'),
    'aria-valuetext': free,
  });
  // Some machines do not say how large their disk is.
  const hasDisk = disk.totalBytes > 0;
  const years = (value: number) =>
    value > MANY_YEARS
      ? t('box.yearsMany', { n: MANY_YEARS })
      : t('box.years', { n: number(value, value < 3 ? 1 : 0) });

  return [
    card(
      t('box.storage'),
      [
        [t('box.database'), known(status.database?.bytes, size)],
        [t('box.cores'), known(status.database?.cores, number)],
        [t('box.written'), known(status.writtenBytesPerDay, size)],
        [t('box.flash'), known(status.flashYears, years)],
      ],
      ...(hasDisk ? [bar, el('p', { class: 'disk-free' }, free)] : []),
    ),
    card(t('box.parts'), [
      [t('box.cipher'), t(cipher.reachable ? 'box.answers' : 'box.silent')],
      [t('box.tunnel'), known(tunnel, (state) => t(`box.${state}`))],
      [
        t('box.clock'),
        known(clock, ({ trusted, offsetMs }) => {
          if (!trusted) return t('box.untrusted');
          return offsetMs === undefined ? t('box.trusted') : t('box.trustedOf', { n: number(offsetMs) });
        }),
      ],
      [
        t('box.certificate'),
        known(status.certificateDaysLeft, (days) => t('box.days', { n: Math.floor(days) })),
      ],
      [t('box.backup'), known(status.backup, () => backupNote(ui, status))],
    ]),
    card(t('box.load'), [
      [t('box.messages'), known(status.messagesPerDay, number)],
      [t('box.polls'), known(status.heldPolls, number)],
      [t('box.memory'), size(memory.rssBytes)],
      [t('box.heap'), t('box.heapOf', { used: size(memory.heapBytes), limit: size(memory.heapLimitBytes) })],
      [t('box.delay'), known(delay, ({ p50, p99 }) => t('box.delayOf', { p50: ms(p50), p99: ms(p99) }))],
      [t('box.started'), i18n.moment(status.startedAt, now())],
      [t('box.version'), status.version],
    ]),
  ];
}

/** The last backup in a few words: “diuji 3 jam yang lalu”. */
export function backupNote({ i18n: { t, locale }, now }: Ui, { backup }: BoxStatus): string {
  if (backup?.ofDatabase) return t('backup.database');
  if (!backup?.target) return t('backup.none');
  if (backup.rehearsal === 'failed' || backup.error !== undefined) return t('backup.failed');
  if (backup.rehearsedAt !== undefined)
    return t('backup.tested', { when: relativeTime(backup.rehearsedAt, now(), locale) });
  if (backup.lastAt !== undefined)
    return t('backup.made', { when: relativeTime(backup.lastAt, now(), locale) });
  return t('backup.never');
}

function card(title: string, figures: Figure[], ...before: Node[]): HTMLElement {
  const rows = figures.flatMap(([label, value]) =>
    value === undefined ? [] : [el('div', { class: 'figure' }, el('dt', {}, label), el('dd', {}, value))],
  );
  return el(
    'section',
    { class: 'card' },
    el('h2', {}, title),
    ...before,
    el('dl', { class: 'figures' }, ...rows),
  );
}
