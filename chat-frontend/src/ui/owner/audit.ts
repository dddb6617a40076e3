import type { OwnerEvent } from '../../../../chat-core/src/wire/wire.ts';
import type { OwnerApi } from '../../api/owner.ts';
import type { Key } from '../../i18n/language.ts';
import { el, setText } from '../el.ts';
import { showError } from '../error-message.ts';
import { panel } from '../panel.ts';
import type { Screen, Ui } from '../ui.ts';
import { knownName } from './known-name.ts';
import { mountMore } from './more.ts';

/** The audit log, the newest events first, by day: who did what, and no text of any message. */
export function mountAudit(ui: Ui, api: OwnerApi): Screen {
  const { i18n, state, now } = ui;
  const { t } = i18n;
  const status = el('p', { class: 'list-empty', role: 'status' }, t('form.busy'));
  const days = el('div', { class: 'panel-column' });
  const more = mountMore(ui, loadMore);
  const node = panel(
    i18n,
    { title: t('owner.audit'), parent: { name: 'owner', page: '' } },
    el('p', { class: 'panel-lead' }, t('audit.lead')),
    status,
    days,
    more.node,
  );
  // A log without anything to press would not scroll by the keyboard.
  const scroller = node.querySelector('.panel-scroll');
  for (const [name, value] of Object.entries({
    tabindex: '0',
    role: 'region',
    'aria-label': t('owner.audit'),
  }))
    scroller?.setAttribute(name, value);
  let next: number | undefined;
  let day = '';
  let list: HTMLElement | undefined;

  function append(event: OwnerEvent): void {
    const key = i18n.dayKey(event.at);
    if (!list || key !== day) {
      day = key;
      list = el('ul', { class: 'audit-list' });
      days.append(el('section', { class: 'card' }, el('h2', {}, i18n.day(event.at, now())), list));
    }
    list.append(lineOf(event));
  }

  function lineOf(event: OwnerEvent): HTMLElement {
    const { at, from, suppressed = 0 } = event;
    const notes = [
      ...(from ? [t('audit.from', { from })] : []),
      ...(suppressed > 0 ? [t('audit.again', { n: suppressed })] : []),
    ];
    return el(
      'li',
      { class: 'audit-event' },
      el('time', { datetime: new Date(at).toISOString() }, i18n.time(at)),
      el(
        'span',
        { class: 'action-text' },
        sentenceOf(event),
        el('span', { class: 'action-note' }, notes.join(' · ')),
      ),
    );
  }

  function sentenceOf({ event, who, about, command, says }: OwnerEvent): string {
    const nameOf = (person: typeof who) => (person ? knownName(state(), person) : t('audit.unknownPerson'));
    const own = `audit.${command}`;
    const key = event === 'owner-command' && isKnown(own) ? own : `audit.${event}`;
    if (!isKnown(key)) return says;
    const setting = `setting.${command?.replace(/^set-/, '')}`;
    const what = isKnown(setting) ? t(setting as Key) : (command ?? '');
    return t(key as Key, { name: nameOf(who), about: nameOf(about), command: what });
  }

  /** A key without a wording is returned as it is. */
  const isKnown = (key: string) => t(key as Key) !== key;

  async function loadMore(): Promise<void> {
    const page = await api.audit(next);
    for (const event of page.events) append(event);
    next = page.next;
    more.node.hidden = next === undefined;
    status.hidden = days.childElementCount > 0;
    setText(status, t('audit.none'));
  }

  loadMore().catch((thrown: unknown) => showError(status, i18n, thrown));
  return { node, update: () => undefined, focus: () => node.querySelector('h1')?.focus() };
}
