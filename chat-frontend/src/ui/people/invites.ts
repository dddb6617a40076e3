import type { Invite, NewInviteAnswer } from '../../../../chat-core/src/wire/wire.ts';
import { rowButton } from '../card-rows.ts';
import { confirmAndRun } from '../confirm-and-run.ts';
import { el, setText } from '../el.ts';
import { showError } from '../error-message.ts';
import { mountSelect } from '../form/select.ts';
import { keyedList } from '../keyed-list.ts';
import { panel } from '../panel.ts';
import { newCode, repeatable } from '../repeatable.ts';
import { inviteLink } from '../share-links.ts';
import type { Screen, Ui } from '../ui.ts';
import { mountShareLink } from './share-link.ts';

const USES = [1, 5, 20];
const DAYS = [1, 7, 30];

/** The invitation created last. The server does not return its code again, so its link is shown while the page is open. */
let latest: { id: Invite['id']; by: Invite['id'] | undefined; link: string } | undefined;

/** Creates and revokes invitation links. */
export function mountInvites(ui: Ui): Screen {
  const { i18n, http } = ui;
  const { t } = i18n;
  const by = ui.state().me?.id;
  let invites: Invite[] = [];

  const counts = (key: 'invites.uses' | 'invites.days', values: number[]) =>
    values.map((n) => ({ value: String(n), label: t(key, { n }) }));
  const uses = mountSelect({ label: t('invites.for'), options: counts('invites.uses', USES), value: '1' });
  const days = mountSelect({ label: t('invites.until'), options: counts('invites.days', DAYS), value: '7' });
  const make = el(
    'button',
    { type: 'button', class: 'button button-main', on: { click: () => void onMake() } },
    t('invites.make'),
  );
  const link = mountShareLink(ui, { label: t('invites.link'), text: 'invites.shareText' });
  const created = el(
    'section',
    { class: 'card invite-created', hidden: true },
    el('h2', {}, t('invites.created')),
    el('p', { class: 'field-hint' }, t('invites.once')),
    link.node,
  );
  const none = el('p', { class: 'list-empty', role: 'status' }, t('form.busy'));
  const list = el('ul', {});
  const render = keyedList<Invite>(list, { key: ({ id }) => id, create: createRow });
  const node = panel(
    i18n,
    { title: t('invites.title') },
    el('p', { class: 'panel-lead' }, t('invites.lead')),
    el('div', { class: 'invite-form' }, uses.node, days.node),
    make,
    created,
    el('section', { class: 'card' }, el('h2', {}, t('invites.open')), none, list),
  );

  function createRow({ id, expiresAt }: Invite) {
    const used = el('span', { class: 'person-name' });
    const until = t('invites.expires', { when: i18n.date(expiresAt) });
    const revoke = rowButton(
      t('invites.revoke'),
      `${t('invites.revoke')}: ${until}`,
      () => void onRevoke(id),
    );
    const text = el('span', { class: 'person-text' }, used, el('span', { class: 'person-username' }, until));
    const row = el('li', { class: 'person' }, text, el('span', { class: 'person-buttons' }, revoke));
    return {
      node: row,
      update: (now: Invite) => setText(used, t('invites.used', { n: now.used, of: now.uses })),
    };
  }

  function show(next: Invite[]): void {
    invites = next;
    render(invites);
    none.hidden = invites.length > 0;
    setText(none, t('invites.none'));
  }

  function showLatest(): void {
    created.hidden = latest?.by !== by;
    if (latest && !created.hidden) link.show(latest.link);
  }

  async function onMake(): Promise<void> {
    if (make.getAttribute('aria-disabled') === 'true') return;
    make.setAttribute('aria-disabled', 'true');
    const input = { uses: Number(uses.select.value), days: Number(days.select.value) };
    await confirmAndRun(ui, undefined, async () => {
      const key = ['invite', by, input];
      const { code, ...invite } = await repeatable(key, newCode, (made) =>
        http.post<NewInviteAnswer>('/invites', { ...input, code: made }),
      );
      latest = { id: invite.id, by, link: inviteLink(code, location) };
      showLatest();
      show([invite, ...invites.filter(({ id }) => id !== invite.id)]);
      link.select();
    });
    make.removeAttribute('aria-disabled');
  }

  async function onRevoke(id: string): Promise<void> {
    const question = {
      title: t('invites.revokeTitle'),
      lead: t('invites.revokeLead'),
      yes: t('invites.revoke'),
    };
    const revoke = async () => void (await http.post('/invites/revoke', { id }));
    const isRevoked = await confirmAndRun(ui, question, revoke, t('invites.revoked'));
    if (!isRevoked) return;
    if (latest?.id === id) latest = undefined;
    showLatest();
    show(invites.filter((invite) => invite.id !== id));
  }

  showLatest();
  http.get<Invite[]>('/invites').then(show, (thrown: unknown) => showError(none, i18n, thrown));
  return { node, update: () => undefined, focus: () => node.querySelector('h1')?.focus() };
}
