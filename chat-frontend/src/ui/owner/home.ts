import type { BoxStatus } from '../../../../chat-core/src/wire/wire.ts';
import type { OwnerApi } from '../../api/owner.ts';
import { hashOf } from '../../router.ts';
import { el, setText } from '../el.ts';
import { showError } from '../error-message.ts';
import { type LazyIconName, lazyIcon } from '../lazy-icons.ts';
import { panel } from '../panel.ts';
import type { Screen, Ui } from '../ui.ts';
import { mountBoxState } from './box-state.ts';
import { backupNote, figureCards } from './figures.ts';

const REFRESH_MS = 20_000;

/** How the box is: first in words, then the pages of the owner, then its figures. Follows the box while it is shown. */
export function mountBox(ui: Ui, api: OwnerApi): Screen {
  const { i18n, clock, now } = ui;
  const { t } = i18n;
  const state = mountBoxState(ui);
  const errorText = el('p', { class: 'form-error', role: 'alert' });
  const figures = el('div', { class: 'owner-column' });
  const updated = el('p', { class: 'panel-note' });
  const reports = el('span', { class: 'action-note' }, t('owner.reportsNote'));
  const backups = el('span', { class: 'action-note' });
  const pages = el(
    'nav',
    { class: 'card card-actions', 'aria-label': t('owner.title') },
    pageLink('people', 'people', t('owner.people'), t('owner.peopleNote')),
    pageLink('flag', 'reports', t('owner.reports'), reports),
    pageLink('archive', 'backups', t('owner.backups'), backups),
    pageLink('sliders', 'settings', t('owner.settings'), t('owner.settingsNote')),
    pageLink('document', 'audit', t('owner.audit'), t('owner.auditNote')),
  );
  const node = panel(
    i18n,
    { title: t('owner.title'), parent: { name: 'settings' } },
    state.node,
    errorText,
    el(
      'div',
      { class: 'owner-columns' },
      el('div', { class: 'owner-column' }, pages, el('p', { class: 'panel-note' }, t('owner.lead')), updated),
      figures,
    ),
  );
  let stopTimer: () => void = () => undefined;
  let isClosed = false;

  function show(status: BoxStatus): void {
    setText(errorText, '');
    state.show(status);
    figures.replaceChildren(...figureCards(ui, status));
    setText(backups, backupNote(ui, status));
    setText(updated, t('owner.updated', { when: i18n.time(now()) }));
  }

  async function refresh(): Promise<void> {
    stopTimer();
    if (document.visibilityState === 'visible') {
      await api.box().then(show, (thrown: unknown) => {
        showError(errorText, i18n, thrown, { before: t('owner.failed') });
      });
    }
    if (!isClosed) stopTimer = clock.after(REFRESH_MS, () => void refresh());
  }

  const onVisible = () => void refresh();
  document.addEventListener('visibilitychange', onVisible);
  void refresh();
  api.reports().then(
    ({ reports: { length } }) => {
      if (length > 0) setText(reports, t('reports.title', { n: length }));
    },
    () => undefined,
  );
  return {
    node,
    update: () => undefined,
    focus: () => node.querySelector('h1')?.focus(),
    close(): void {
      isClosed = true;
      stopTimer();
      document.removeEventListener('visibilitychange', onVisible);
    },
  };
}

function pageLink(icon: LazyIconName, page: string, label: string, note: string | Node): HTMLAnchorElement {
  const text = typeof note === 'string' ? el('span', { class: 'action-note' }, note) : note;
  return el(
    'a',
    { class: 'action', href: hashOf({ name: 'owner', page }) },
    lazyIcon(icon),
    el('span', { class: 'action-text' }, label, text),
  );
}
