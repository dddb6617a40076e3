import type { BoxStatus } from '../../../../chat-core/src/wire/wire.ts';
import type { Params } from '../../i18n/i18n.ts';
import { el, setText } from '../el.ts';
import { formatSize } from '../format-size.ts';
import { lazyIcon } from '../lazy-icons.ts';
import type { Ui } from '../ui.ts';
import { type Finding, findingsOf } from './findings.ts';

/** The state of the box in words: everything is well, or what is wrong and what to do about it. Announces a change. */
export function mountBoxState({ i18n, now }: Ui) {
  const { t, locale } = i18n;
  const sign = el('span', { class: 'box-sign' });
  const title = el('h2', {}, t('form.busy'));
  const lead = el('p', {});
  const list = el('ul', { class: 'findings' });
  const node = el(
    'section',
    { class: 'box-state' },
    el('div', { class: 'box-head', role: 'status' }, sign, el('div', {}, title, lead)),
    list,
  );

  function paramsOf(status: BoxStatus, { code = '' }: Finding): Params {
    const { disk, flashYears = 0, certificateDaysLeft = 0, backup } = status;
    return {
      free: formatSize(disk.freeBytes, locale),
      years: new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(flashYears),
      n: Math.max(0, Math.floor(certificateDaysLeft)),
      when: backup?.lastAt === undefined ? t('backup.never') : i18n.moment(backup.lastAt, now()),
      code,
    };
  }

  function itemOf(status: BoxStatus, finding: Finding): HTMLElement {
    const { name, level, since } = finding;
    const params = paramsOf(status, finding);
    const isDatabases = name === 'notReady' && status.database !== undefined;
    const text = [t(isDatabases ? 'finding.databaseDo' : `finding.${name}Do`, params)];
    if (since !== undefined) text.push(t('owner.since', { when: i18n.moment(since, now()) }));
    return el(
      'li',
      { class: 'finding', 'data-level': level },
      lazyIcon(level === 'bad' ? 'alert' : 'info'),
      el('div', {}, el('h3', {}, t(`finding.${name}`, params)), el('p', {}, text.join(' '))),
    );
  }

  return {
    node,
    show(status: BoxStatus): void {
      const findings = findingsOf(status, now());
      const n = findings.length;
      const level = findings.some(({ level }) => level === 'bad') ? 'bad' : n > 0 ? 'warn' : 'good';
      if (node.dataset.level !== level) sign.replaceChildren(lazyIcon(n > 0 ? 'alert' : 'check'));
      node.dataset.level = level;
      setText(title, n > 0 ? t('owner.attention', { n }) : t('owner.good'));
      setText(lead, n > 0 ? '' : t('owner.goodLead'));
      list.hidden = n === 0;
      list.replaceChildren(...findings.map((finding) => itemOf(status, finding)));
    },
  };
}
