import type { OwnerPerson } from '../../../../chat-core/src/wire/wire.ts';
import type { OwnerApi, ResetCode } from '../../api/owner.ts';
import { newId } from '../../ids.ts';
import { copyText } from '../clipboard.ts';
import { showDialog } from '../dialog.ts';
import { el } from '../el.ts';
import { repeatable } from '../repeatable.ts';
import type { WithTicket } from '../security/reauthentication.ts';
import type { Ui } from '../ui.ts';
import { knownName } from './known-name.ts';

/** Makes a code by which a person sets a new password, and shows it: the server does not return it again. */
export async function showResetCode(
  ui: Ui,
  api: OwnerApi,
  person: OwnerPerson,
  withTicket: WithTicket,
): Promise<void> {
  const { state, failed } = ui;
  try {
    const key = ['reset-code', state().me?.id, person.id];
    const make = (ticket?: string) =>
      repeatable(key, newId, (attemptId) => api.resetCode(person.id, attemptId, ticket));
    // Whoever has the code has the account: that of an owner needs a proof.
    const answer = await (person.owner ? withTicket(make) : make());
    if (answer) showCode(ui, knownName(state(), person), answer);
  } catch (thrown) {
    failed(thrown);
  }
}

function showCode({ i18n, notify }: Ui, name: string, { code, expiresAt }: ResetCode): void {
  const { t } = i18n;
  const button = (label: string, run: () => void, main = '') =>
    el('button', { type: 'button', class: `button ${main}`.trim(), on: { click: run } }, label);

  async function onCopy(): Promise<void> {
    notify(t((await copyText(code)) ? 'people.codeCopied' : 'toast.notCopied'));
  }

  // A line may break between the groups of the code, not within one.
  const groups = code.split(/(?<=-)/).map((group) => el('span', {}, group));
  const dialog = el(
    'dialog',
    { class: 'dialog reset-code', 'aria-labelledby': 'dialog-title' },
    el('h2', { id: 'dialog-title' }, t('people.codeTitle', { name })),
    el('p', {}, t('people.codeLead')),
    el('output', { class: 'code-large' }, ...groups),
    el('p', {}, t('people.codeUntil', { when: i18n.time(expiresAt) })),
    el(
      'div',
      { class: 'dialog-choices' },
      button(t('dialog.close'), () => dialog.close()),
      button(t('bubble.copy'), () => void onCopy(), 'button-main'),
    ),
  );
  showDialog(dialog, () => undefined);
}
