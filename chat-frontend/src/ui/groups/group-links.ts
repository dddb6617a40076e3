import type { GroupLink, Id } from '../../../../chat-core/src/wire/wire.ts';
import { rowButton } from '../card-rows.ts';
import { confirmAndRun } from '../confirm-and-run.ts';
import { el, setText } from '../el.ts';
import { showError } from '../error-message.ts';
import { mountSelect } from '../form/select.ts';
import { keyedList } from '../keyed-list.ts';
import { mountShareLink } from '../people/share-link.ts';
import { newCode, repeatable } from '../repeatable.ts';
import { groupLink } from '../share-links.ts';
import type { Screen, Ui } from '../ui.ts';
import { createGroupActions } from './group-actions.ts';
import { groupPage } from './group-page.ts';
import { isAdmin } from './rights.ts';

const USES = [1, 10, 64];
const DAYS = [1, 7, 30];

/** The link created last in each group. The server does not return its code again, so it is shown while the page is open. */
const latest = new Map<Id, { id: Id; by: Id | undefined; link: string }>();

/** Creates and revokes the links by which anybody joins a group; for its admins. */
export function mountGroupLinks(ui: Ui, conversationId: Id): Screen {
  const { i18n, state } = ui;
  const { t } = i18n;
  const groups = createGroupActions(ui);
  const by = state().me?.id;
  let links: GroupLink[] = [];
  let isRequested = false;

  const counts = (key: 'invites.uses' | 'invites.days', values: number[]) =>
    values.map((n) => ({ value: String(n), label: t(key, { n }) }));
  const uses = mountSelect({ label: t('invites.for'), options: counts('invites.uses', USES), value: '10' });
  const days = mountSelect({ label: t('invites.until'), options: counts('invites.days', DAYS), value: '7' });
  const approval = el('input', { type: 'checkbox', role: 'switch', class: 'switch' });
  const make = el(
    'button',
    { type: 'button', class: 'button button-main', on: { click: () => void onMake() } },
    t('invites.make'),
  );
  const share = mountShareLink(ui, { label: t('groupLinks.link'), text: 'groupLinks.shareText' });
  const created = el(
    'section',
    { class: 'card invite-created', hidden: true },
    el('h2', {}, t('invites.created')),
    el('p', { class: 'field-hint' }, t('invites.once')),
    share.node,
  );
  const none = el('p', { class: 'list-empty', role: 'status' }, t('form.busy'));
  const list = el('ul', {});
  const render = keyedList<GroupLink>(list, { key: ({ id }) => id, create: createRow });
  const allowed = el(
    'div',
    { class: 'panel-column' },
    el('p', { class: 'panel-lead' }, t('groupLinks.lead')),
    el('div', { class: 'invite-form' }, uses.node, days.node),
    el('label', { class: 'choice choice-switch' }, t('groupLinks.approval'), approval),
    make,
    created,
    el('section', { class: 'card' }, el('h2', {}, t('groupLinks.open')), none, list),
  );
  const notAllowed = el('p', { class: 'panel-lead' }, t('groupLinks.notAllowed'));

  function createRow({ id, expiresAt, approval: needsApproval }: GroupLink) {
    const used = el('span', { class: 'person-name' });
    const until = t('invites.expires', { when: i18n.date(expiresAt) });
    const revoke = rowButton(
      t('invites.revoke'),
      `${t('invites.revoke')}: ${until}`,
      () => void onRevoke(id),
    );
    const text = el(
      'span',
      { class: 'person-text' },
      used,
      el('span', { class: 'person-username' }, until),
      needsApproval ? el('span', { class: 'person-username' }, t('groupLinks.withApproval')) : undefined,
    );
    const row = el('li', { class: 'person' }, text, el('span', { class: 'person-buttons' }, revoke));
    return {
      node: row,
      update: (now: GroupLink) => setText(used, t('invites.used', { n: now.used, of: now.uses })),
    };
  }

  function show(next: GroupLink[]): void {
    links = next;
    render(links);
    none.hidden = links.length > 0;
    setText(none, t('groupLinks.none'));
  }

  function showLatest(): void {
    const shown = latest.get(conversationId);
    created.hidden = !shown || shown.by !== by;
    if (shown && !created.hidden) share.show(shown.link);
  }

  async function onMake(): Promise<void> {
    if (make.getAttribute('aria-disabled') === 'true') return;
    make.setAttribute('aria-disabled', 'true');
    const input = {
      uses: Number(uses.select.value),
      days: Number(days.select.value),
      ...(approval.checked ? { approval: true } : {}),
    };
    await confirmAndRun(ui, undefined, async () => {
      const key = ['group link', by, conversationId, input];
      const { code, ...link } = await repeatable(key, newCode, (made) =>
        groups.createLink(conversationId, { ...input, code: made }),
      );
      latest.set(conversationId, { id: link.id, by, link: groupLink(code, location) });
      showLatest();
      show([...links.filter(({ id }) => id !== link.id), link]);
      share.select();
    });
    make.removeAttribute('aria-disabled');
  }

  async function onRevoke(id: Id): Promise<void> {
    const question = {
      title: t('groupLinks.revokeTitle'),
      lead: t('invites.revokeLead'),
      yes: t('invites.revoke'),
    };
    const revoke = async () => void (await groups.revokeLink(conversationId, id));
    if (!(await confirmAndRun(ui, question, revoke, t('groupLinks.revoked')))) return;
    if (latest.get(conversationId)?.id === id) latest.delete(conversationId);
    showLatest();
    show(links.filter((link) => link.id !== id));
  }

  showLatest();
  return groupPage(
    ui,
    conversationId,
    { title: t('groupLinks.title') },
    [notAllowed, allowed],
    (group, now) => {
      allowed.hidden = !isAdmin(group, now.me?.id);
      notAllowed.hidden = !allowed.hidden;
      if (allowed.hidden || isRequested) return;
      isRequested = true;
      groups.links(conversationId).then(show, (thrown: unknown) => showError(none, i18n, thrown));
    },
  );
}
