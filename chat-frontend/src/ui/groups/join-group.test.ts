// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import type { ServerInfo } from '../../../../chat-core/src/wire/wire.ts';
import { enLazy } from '../../i18n/en/lazy.ts';
import { en } from '../../i18n/en.ts';
import { createI18n } from '../../i18n/i18n.ts';
import { signedOut } from '../../state/state.ts';
import type { Ui } from '../ui.ts';
import { mountJoinGroup } from './join-group.ts';

const i18n = createI18n('en', { ...en, ...enLazy });

test('the link of a group leads a visitor to register where that is open, and says that it is no invitation where it is not', () => {
  const shown = (registration: ServerInfo['registration']) => {
    const state = { ...signedOut, serverInfo: { registration } as ServerInfo };
    const ui = { i18n, state: () => state } as unknown as Ui;
    const screen = mountJoinGroup(ui, 'code');
    screen.update(state);
    const notice = screen.node.querySelector<HTMLElement>('.entry-notice');
    const register = screen.node.querySelector<HTMLElement>('.entry-alternative');
    return [notice?.hidden ? '' : notice?.textContent, register?.hidden];
  };
  expect(shown('open')).toEqual(['', false]);
  expect(shown('invite')).toEqual([enLazy['join.byInvite'], false]);
  expect(shown('closed')).toEqual([enLazy['error.REGISTRATION_CLOSED'], true]);
});
