import type { State } from '../../state/state.ts';
import { confirmAndRun } from '../confirm-and-run.ts';
import { el, setText } from '../el.ts';
import { mountForm } from '../form/form.ts';
import { panel } from '../panel.ts';
import type { Screen, Ui } from '../ui.ts';
import { mountPictureField } from './picture-field.ts';

/** Letters of a display name and of what somebody says about themselves. */
const LONGEST_NAME = 64;
const LONGEST_ABOUT = 200;

/** What others see of this person. */
export function mountProfile(ui: Ui): Screen {
  const { i18n, actions } = ui;
  const { t } = i18n;
  const done = el('p', { class: 'panel-done', role: 'status' });
  const picture = mountPictureField(ui, (next) =>
    confirmAndRun(
      ui,
      undefined,
      () => actions.changeMe({ picture: next }),
      t(next ? 'profile.pictureDone' : 'profile.pictureGone'),
    ),
  );
  const form = mountForm(i18n, {
    name: 'profile',
    fields: [
      {
        name: 'displayName',
        label: 'profile.name',
        hint: 'profile.nameHint',
        optional: true,
        prose: true,
        autocomplete: 'off',
        maxlength: LONGEST_NAME,
      },
      {
        name: 'about',
        label: 'profile.about',
        hint: 'profile.aboutHint',
        optional: true,
        prose: true,
        autocomplete: 'off',
        maxlength: LONGEST_ABOUT,
      },
    ],
    submit: 'profile.submit',
    blames: { INVALID_PROFILE: 'displayName' },
    async send({ displayName = '', about = '' }) {
      setText(done, '');
      await actions.changeMe({ displayName: displayName.trim(), about: about.trim() });
      setText(done, t('profile.done'));
    },
  });
  const node = panel(
    i18n,
    { title: t('profile.title'), under: { name: 'settings' } },
    el('p', { class: 'panel-lead' }, t('profile.lead')),
    picture.node,
    form.node,
    done,
  );

  /** What the box knows may come after this page; saved without it, a name would be lost. */
  function update({ me }: State): void {
    picture.update(me);
    if (me) form.fill({ displayName: me.displayName ?? '', about: me.about ?? '' });
  }

  return {
    node,
    update,
    focus: () => node.querySelector('h1')?.focus(),
  };
}
