import type { BackupErrorCode } from '../../../../chat-core/src/wire/owner.ts';
import type { BackupState, OwnerApi } from '../../api/owner.ts';
import { bdi, el, setText } from '../el.ts';
import { showError } from '../error-message.ts';
import { formatSize } from '../format-size.ts';
import { lazyIcon } from '../lazy-icons.ts';
import { panel } from '../panel.ts';
import type { Screen, Ui } from '../ui.ts';
import { relativeTime } from './relative-time.ts';

const POLL_MS = 2_000;
/** A backup that takes longer is followed no more: it goes on by itself. */
const MAX_FOLLOW_MS = 15 * 60_000;

/** The backups of the box: how the last one went, when the next comes, and one at once. */
export function mountBackups(ui: Ui, api: OwnerApi): Screen {
  const { i18n, clock, now, failed, notify } = ui;
  const { t, locale } = i18n;
  const sign = el('span', { class: 'box-sign' });
  const title = el('h2', {}, t('form.busy'));
  const lead = el('p', {});
  const head = el(
    'section',
    { class: 'box-state' },
    el('div', { class: 'box-head', role: 'status' }, sign, el('div', {}, title, lead)),
  );
  const figures = el('dl', { class: 'figures' });
  const card = el('section', { class: 'card', hidden: true }, figures);
  const start = el(
    'button',
    { type: 'button', class: 'button button-main', hidden: true, on: { click: () => void onStart() } },
    t('backup.now'),
  );
  const progress = el('progress', {
    class: 'backup-progress',
    hidden: true,
    'aria-label': t('backup.running'),
  });
  const node = panel(
    i18n,
    { title: t('owner.backups'), parent: { name: 'owner', page: '' } },
    head,
    card,
    start,
    progress,
  );
  let isRunning = false;
  let isClosed = false;
  let stopTimer: () => void = () => undefined;

  function show(state: BackupState): void {
    const kind = kindOf(state);
    const level = kind === 'good' ? 'good' : kind === 'failed' || kind === 'unsound' ? 'bad' : 'warn';
    if (head.dataset.level !== level) sign.replaceChildren(lazyIcon(level === 'good' ? 'check' : 'alert'));
    head.dataset.level = level;
    setText(title, t(`backup.${kind}`));
    const reason = reasonOf(state.error);
    setText(lead, `${t(reason === undefined ? `backup.${kind}Lead` : `backup.error.${reason}`)} `);
    if (state.error !== undefined) lead.append(el('small', { class: 'code' }, state.error));
    const when = (at: number | undefined) =>
      at === undefined ? t('backup.never') : relativeTime(at, now(), locale);
    const row = (label: string, value: string | Node) =>
      el('div', { class: 'figure' }, el('dt', {}, label), el('dd', {}, value));
    figures.replaceChildren(
      ...(state.target === undefined ? [] : [row(t('backup.target'), bdi(state.target))]),
      row(t('backup.last'), when(state.lastAt)),
      ...(state.lastBytes === undefined ? [] : [row(t('backup.size'), formatSize(state.lastBytes, locale))]),
      row(t('backup.rehearsed'), when(state.rehearsedAt)),
      ...(state.next === undefined
        ? []
        : [row(t('backup.next'), state.next <= now() ? t('backup.soon') : when(state.next))]),
    );
    card.hidden = kind === 'none' || kind === 'database';
    start.hidden = card.hidden;
  }

  function setRunning(running: boolean): void {
    isRunning = running;
    progress.hidden = !running;
    start.setAttribute('aria-disabled', String(running));
    setText(start, t(running ? 'backup.running' : 'backup.now'));
  }

  /** Starts a backup. A button that was pressed while one runs follows that one. */
  async function onStart(): Promise<void> {
    if (isRunning) return;
    stopTimer();
    setRunning(true);
    try {
      const before = await api.backups();
      if (!before.running) await api.startBackup();
      follow(before, now() + MAX_FOLLOW_MS);
    } catch (thrown) {
      setRunning(false);
      failed(thrown);
    }
  }

  /** Asks for the state until an attempt has ended, its rehearsal included. A poll without an answer is repeated. */
  function follow(before: BackupState, until: number): void {
    if (isClosed) return;
    if (now() > until) {
      setRunning(false);
      return;
    }
    stopTimer = clock.after(POLL_MS, () => {
      api.backups().then(
        (state) => {
          show(state);
          if (state.running) setRunning(true);
          const isStopped = state.error === 'BACKUPS_STOPPED';
          const isDone = !state.running && (before.running || state.attemptAt !== before.attemptAt);
          if (!isDone && !isStopped) return follow(before, until);
          setRunning(false);
          const kind = kindOf(state);
          notify(t(kind === 'good' || kind === 'untested' ? 'backup.done' : `backup.${kind}`));
        },
        () => follow(before, until),
      );
    });
  }

  const shown = (state: BackupState): void => {
    show(state);
    // The first one of a box is due at once.
    if (!state.running && kindOf(state) !== 'waiting') return;
    if (state.running) setRunning(true);
    follow(state, now() + MAX_FOLLOW_MS);
  };
  api.backups().then(shown, (thrown: unknown) => showError(title, i18n, thrown));
  return {
    node,
    update: () => undefined,
    focus: () => node.querySelector('h1')?.focus(),
    close(): void {
      isClosed = true;
      stopTimer();
    },
  };
}

type Kind = 'none' | 'database' | 'waiting' | 'failed' | 'unsound' | 'good' | 'untested';

function kindOf({ ofDatabase, target, lastAt, rehearsal, error }: BackupState): Kind {
  if (ofDatabase) return 'database';
  if (target === undefined) return 'none';
  if (rehearsal === 'failed') return 'unsound';
  // The backup itself is whole then.
  if (error !== undefined && error !== 'SETTINGS_UNREADABLE') return 'failed';
  if (lastAt === undefined) return 'waiting';
  return rehearsal === 'ok' ? 'good' : 'untested';
}

/** The errors that this version of the page has words for. */
const KNOWN: Record<BackupErrorCode, true> = {
  TARGET_UNREACHABLE: true,
  TARGET_REFUSED: true,
  TARGET_MISSING: true,
  TARGET_FULL: true,
  TARGET_READ_ONLY: true,
  TARGET_DAMAGED: true,
  NO_RECOVERY_KEY: true,
  NO_ROOM: true,
  INTERRUPTED: true,
  REHEARSAL_FAILED: true,
  BACKUP_FAILED: true,
  SETTINGS_UNREADABLE: true,
  BACKUPS_STOPPED: true,
};

const reasonOf = (error: string | undefined): BackupErrorCode | undefined =>
  error !== undefined && Object.hasOwn(KNOWN, error) ? (error as BackupErrorCode) : undefined;
