import type { Picture, Profile } from '../../../../chat-core/src/wire/wire.ts';
import { avatar, updateAvatar } from '../avatar.ts';
import { el } from '../el.ts';
import type { Ui } from '../ui.ts';
import { CanvasProtected, shrink } from './shrink.ts';

/** One's own picture: shown, chosen, taken away. It is made small here, before it travels. */
export function mountPictureField(ui: Ui, save: (picture: Picture | null) => Promise<unknown>) {
  const { i18n, actions, notify } = ui;
  const { t } = i18n;
  const face = avatar('avatar-huge');
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
    face,
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
    updateAvatar(face, me, actions.picture(me));
    remove.hidden = !me?.pictureId;
  }

  return { node, update };
}
