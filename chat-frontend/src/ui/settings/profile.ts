import type { Picture, Profile } from '../../../../chat-core/src/wire/wire.ts';
import type { State } from '../../state/state.ts';
import { CanvasProtected } from '../canvas.ts';
import { confirmAndRun } from '../confirm-and-run.ts';
import { el, setText } from '../el.ts';
import { mountForm } from '../form/form.ts';
import { panel } from '../panel.ts';
import { avatar, updateAvatar } from '../person.ts';
import type { Screen, Ui } from '../ui.ts';
import { shrink } from './shrink-picture.ts';

/** The limits of the core, in code points. */
const MAX_NAME = 64;
const MAX_ABOUT = 200;

/** One's own profile: the picture, the display name and the text about oneself. */
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
        maxlength: MAX_NAME,
      },
      {
        name: 'about',
        label: 'profile.about',
        hint: 'profile.aboutHint',
        optional: true,
        prose: true,
        autocomplete: 'off',
        maxlength: MAX_ABOUT,
      },
    ],
    submit: 'profile.submit',
    errorFields: { INVALID_PROFILE: 'displayName' },
    async send({ displayName = '', about = '' }) {
      setText(done, '');
      await actions.changeMe({ displayName: displayName.trim(), about: about.trim() });
      setText(done, t('profile.done'));
    },
  });
  const node = panel(
    i18n,
    { title: t('profile.title'), parent: { name: 'settings' } },
    el('p', { class: 'panel-lead' }, t('profile.lead')),
    picture.node,
    form.node,
    done,
  );

  /** The profile may arrive after the page opens; a form saved without it would delete the name. */
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

/** One's own picture, with buttons to choose and remove it. A chosen picture is shrunk before it is sent. */
export function mountPictureField(ui: Ui, save: (picture: Picture | null) => Promise<unknown>) {
  const { i18n, actions, notify } = ui;
  const { t } = i18n;
  const preview = avatar('avatar-huge');
  const file = el('input', {
    type: 'file',
    class: 'visually-hidden',
    accept: 'image/*',
    tabindex: -1,
    'aria-label': t('profile.choose'),
    on: { change: () => void onChosen() },
  });
  const choose = el(
    'button',
    { type: 'button', class: 'button', on: { click: () => file.click() } },
    t('profile.choose'),
  );
  const remove = el(
    'button',
    { type: 'button', class: 'button', on: { click: () => void save(null) } },
    t('profile.removePicture'),
  );
  const node = el(
    'div',
    { class: 'picture-field' },
    preview,
    el('div', { class: 'picture-buttons' }, choose, remove),
    file,
  );

  async function onChosen(): Promise<void> {
    const [chosen] = file.files ?? [];
    if (!chosen) return;
    choose.setAttribute('aria-disabled', 'true');
    const small = await shrink(chosen).catch((thrown: unknown) => {
      notify(t(thrown instanceof CanvasProtected ? 'profile.protected' : 'profile.unreadable'));
    });
    if (small) await save(small);
    file.value = '';
    choose.removeAttribute('aria-disabled');
  }

  function update(me: Profile | null): void {
    updateAvatar(preview, me, actions.picture(me));
    remove.hidden = !me?.pictureId;
  }

  return { node, update };
}
