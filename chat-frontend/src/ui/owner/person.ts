import type { Id, OwnerPerson } from '../../../../chat-core/src/wire/wire.ts';
import type { OwnerApi } from '../../api/owner.ts';
import { createSecurityApi } from '../../api/security.ts';
import { hashOf } from '../../router.ts';
import { buttonAction } from '../card-rows.ts';
import { choose } from '../dialog.ts';
import { bdi, el, setText } from '../el.ts';
import { showError } from '../error-message.ts';
import { formatSize } from '../format-size.ts';
import { panel } from '../panel.ts';
import { avatar, updateAvatar } from '../person.ts';
import { createReauthentication } from '../security/reauthentication.ts';
import type { Screen, Ui } from '../ui.ts';
import { knownName } from './known-name.ts';
import { badgesOf } from './people.ts';
import { mountQuota } from './quota.ts';
import { showResetCode } from './reset-code.ts';
import { suspend } from './suspend.ts';
import { undoable } from './undoable.ts';

const MB = 1_048_576;

/** The account of a person, and what an owner can do about it. */
export function mountPerson(ui: Ui, api: OwnerApi, id: Id): Screen {
  const { i18n, state, actions, notify, failed, now } = ui;
  const { t, locale } = i18n;
  const withTicket = createReauthentication(ui, createSecurityApi(ui.http), 'settings');
  let person: OwnerPerson | undefined;

  const picture = avatar('avatar-huge');
  const name = bdi('', 'contact-name');
  const username = bdi('', 'contact-username');
  const badges = el('p', { class: 'badges' });
  const joined = el('dd', {});
  const seen = el('dd', {});
  const files = el('dd', {});
  const figure = (label: string, value: HTMLElement) =>
    el('div', { class: 'figure' }, el('dt', {}, label), value);
  const joinedRow = figure(t('people.joined'), joined);
  const self = el('p', { class: 'panel-note' }, t('people.self'));
  const quota = mountQuota(ui, (quotaMb) => void onQuota(quotaMb));
  const suspendAction = withNote('people.suspend', 'gone', () => void onSuspend(true));
  const unsuspendAction = withNote('people.unsuspend', 'check', () => void onSuspend(false));
  const codeAction = withNote('people.code', 'key', () => void showResetCode(ui, api, current(), withTicket));
  const makeOwner = buttonAction('server', t('people.makeOwner'), () => void onMakeOwner());
  const endOwner = buttonAction('server', t('people.endOwner'), () => void onEndOwner(), true);
  const deleteAction = buttonAction('trash', t('people.delete'), () => void onDelete(), true);
  const others = el(
    'div',
    { class: 'card card-actions' },
    codeAction,
    unsuspendAction,
    suspendAction,
    makeOwner,
    endOwner,
    deleteAction,
  );
  const status = el('p', { class: 'list-empty', role: 'status' }, t('form.busy'));
  const known = el(
    'div',
    { class: 'panel-column', hidden: true },
    el('div', { class: 'contact' }, picture, name, username, badges),
    el(
      'section',
      { class: 'card' },
      el(
        'dl',
        { class: 'figures' },
        joinedRow,
        figure(t('people.lastSeen'), seen),
        figure(t('people.files'), files),
      ),
    ),
    el('section', { class: 'card' }, quota.node),
    others,
    self,
  );
  const node = panel(
    i18n,
    { title: t('owner.people'), parent: { name: 'owner', page: 'people' } },
    status,
    known,
  );

  function withNote(
    key: 'people.suspend' | 'people.unsuspend' | 'people.code',
    icon: 'gone' | 'check' | 'key',
    run: () => void,
  ): HTMLButtonElement {
    const action = buttonAction(icon, '', run);
    const note = el('span', { class: 'action-note' }, t(`${key}Note`));
    action.append(el('span', { class: 'action-text' }, t(key), note));
    return action;
  }

  const current = (): OwnerPerson => person ?? { id, username: '', storedBytes: 0 };
  const params = () => ({ name: knownName(state(), current()) });

  function show(next: OwnerPerson): void {
    person = next;
    const profile = state().people[id] ?? next;
    const isMe = id === state().me?.id;
    const moment = (at: number | undefined, unknown: string) =>
      at === undefined ? unknown : i18n.moment(at, now());
    updateAvatar(picture, profile, actions.picture(profile));
    setText(name, params().name);
    setText(username, `@${next.username}`);
    badges.replaceChildren(...badgesOf(ui, next));
    joinedRow.hidden = next.createdAt === undefined;
    setText(joined, i18n.date(next.createdAt ?? 0));
    setText(seen, moment(next.lastSeenAt, t('people.unseen')));
    const used = formatSize(next.storedBytes, locale);
    const own = next.quotaMb;
    setText(
      files,
      own === undefined ? used : t('people.filesOf', { used, quota: formatSize(own * MB, locale) }),
    );
    quota.show(own);
    suspendAction.hidden = next.suspended === true;
    unsuspendAction.hidden = !next.suspended;
    makeOwner.hidden = next.owner === true || next.suspended === true;
    endOwner.hidden = !next.owner;
    others.hidden = isMe;
    self.hidden = !isMe;
    status.hidden = true;
    known.hidden = false;
  }

  async function load(): Promise<void> {
    let after: string | undefined;
    do {
      const page = await api.people(after);
      const found = page.people.find((one) => one.id === id);
      if (found) return show(found);
      after = page.next;
    } while (after !== undefined);
    setText(status, t('people.missing'));
  }

  const onSuspend = (suspended: boolean) => suspend(ui, api, current(), suspended, show);

  async function onQuota(quotaMb: number | null): Promise<void> {
    const before = person?.quotaMb ?? null;
    const change = (value: number | null) => async () => show(await api.changePerson(id, { quotaMb: value }));
    const isDone = await undoable(ui, t('people.quotaDone', params()), change(quotaMb), change(before));
    if (!isDone) quota.show(before ?? undefined);
  }

  /** Asks, and for a proof of who one is, then makes the call. */
  async function proven(
    verb: 'makeOwner' | 'endOwner' | 'delete',
    call: (ticket: string) => Promise<unknown>,
  ): Promise<boolean> {
    const choices = [{ label: t(`people.${verb}`), value: true, danger: verb !== 'makeOwner' }];
    const question = { title: t(`people.${verb}Title`, params()), lead: t(`people.${verb}Lead`, params()) };
    if (!(await choose(i18n, { ...question, choices }))) return false;
    const done = t(`people.${verb}Done`, params());
    try {
      const isDone = await withTicket(async (ticket) => {
        await call(ticket);
        return true;
      });
      if (isDone) notify(done);
      return isDone === true;
    } catch (thrown) {
      failed(thrown);
      return false;
    }
  }

  const onMakeOwner = () => proven('makeOwner', async (ticket) => show(await api.makeOwner(id, ticket)));

  const onEndOwner = () => proven('endOwner', async (ticket) => show(await api.endOwner(id, ticket)));

  async function onDelete(): Promise<void> {
    if (await proven('delete', (ticket) => api.deletePerson(id, ticket)))
      location.replace(hashOf({ name: 'owner', page: 'people' }));
  }

  load().catch((thrown: unknown) => showError(status, i18n, thrown));
  return {
    node,
    update: () => person && show(person),
    focus: () => node.querySelector('h1')?.focus(),
  };
}
