import type { OwnerReports } from '../../../../chat-core/src/wire/wire.ts';
import type { OwnerApi } from '../../api/owner.ts';
import { hashOf } from '../../router.ts';
import { confirmAndRun } from '../confirm-and-run.ts';
import { bdi, el } from '../el.ts';
import { showError } from '../error-message.ts';
import { panel } from '../panel.ts';
import { avatar, updateAvatar } from '../person.ts';
import type { Screen, Ui } from '../ui.ts';
import { knownName } from './known-name.ts';
import { suspend } from './suspend.ts';

type Report = OwnerReports['reports'][number];

/** What people reported, a card for each reported person: to suspend them, or to clear what is dealt with. */
export function mountReports(ui: Ui, api: OwnerApi): Screen {
  const { i18n, state, actions, now } = ui;
  const { t } = i18n;
  const status = el('p', { class: 'list-empty', role: 'status' }, t('form.busy'));
  const none = el(
    'div',
    { class: 'empty', hidden: true, role: 'status' },
    el('p', { class: 'empty-title' }, t('reports.none')),
    el('p', {}, t('reports.noneLead')),
  );
  const list = el('div', { class: 'panel-column', tabindex: -1 });
  const node = panel(
    i18n,
    { title: t('owner.reports'), parent: { name: 'owner', page: '' } },
    status,
    none,
    list,
  );

  function cardOf(reports: Report[]): HTMLElement[] {
    const [first] = reports;
    if (!first) return [];
    const { about } = first;
    const username = about.username ?? '';
    const name = knownName(state(), about);
    const profile = state().people[about.id] ?? { id: about.id, username };
    const picture = avatar('avatar-small');
    updateAvatar(picture, profile, actions.picture(profile));
    const button = (label: string, run: () => void, look = '') =>
      el(
        'button',
        { type: 'button', class: `button button-small ${look}`.trim(), on: { click: run } },
        label,
      );
    const onSuspend = () => void suspend(ui, api, { id: about.id, username }, true, () => undefined);
    const card = el(
      'section',
      { class: 'card', 'aria-label': name },
      el(
        'a',
        { class: 'person-link', href: hashOf({ name: 'owner', page: `people/${about.id}` }) },
        picture,
        el(
          'span',
          { class: 'person-text' },
          bdi(name, 'person-name'),
          el('span', { class: 'person-username' }, t('reports.title', { n: reports.length })),
        ),
      ),
      el('ul', { class: 'report-list' }, ...reports.map(lineOf)),
      el(
        'div',
        { class: 'owner-buttons' },
        button(t('reports.clear'), () => void onClear(about.id, name, card)),
        button(t('people.suspend'), onSuspend, 'button-soft'),
      ),
    );
    return [card];
  }

  function lineOf({ by, reason, at }: Report): HTMLElement {
    const when = i18n.moment(at, now());
    return el(
      'li',
      {},
      el('span', {}, t(`report.${reason}`)),
      el('span', { class: 'action-note' }, t('reports.by', { name: knownName(state(), by), when })),
    );
  }

  async function onClear(id: string, name: string, card: HTMLElement): Promise<void> {
    const question = {
      title: t('reports.clearTitle', { name }),
      lead: t('reports.clearLead'),
      yes: t('reports.clearYes'),
      danger: false,
    };
    const clear = async () => void (await api.clearReports(id));
    if (!(await confirmAndRun(ui, question, clear, t('reports.clearDone', { name })))) return;
    card.remove();
    showCount();
    list.focus();
  }

  function showCount(): void {
    none.hidden = list.childElementCount > 0;
  }

  function show({ reports }: OwnerReports): void {
    status.hidden = true;
    const byPerson = Map.groupBy(reports.toReversed(), ({ about }) => about.id);
    list.replaceChildren(...[...byPerson.values()].flatMap(cardOf));
    showCount();
  }

  api.reports().then(show, (thrown: unknown) => showError(status, i18n, thrown));
  return { node, update: () => undefined, focus: () => node.querySelector('h1')?.focus() };
}
