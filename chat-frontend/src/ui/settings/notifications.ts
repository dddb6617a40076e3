import type { PushPreview } from '../../../../chat-core/src/wire/wire.ts';
import { ApiError } from '../../api/api-error.ts';
import type { PushState } from '../../notifications/push.ts';
import { el, setText } from '../el.ts';
import { showError } from '../error-message.ts';
import { panel } from '../panel.ts';
import type { Screen, Ui } from '../ui.ts';

const PREVIEWS: PushPreview[] = ['name', 'full', 'none'];

/** The notifications of this device: on or off, how much they show, a test, and the sound. */
export function mountNotifications({ i18n, notifier }: Ui): Screen {
  const { t } = i18n;
  const push = () => notifier()?.push();
  const status = el('p', {});
  const result = el('p', { class: 'form-error', role: 'status' });
  const button = (text: string, run: () => Promise<string>) => {
    const click = () => void attempt(node, run);
    const node = el('button', { type: 'button', class: 'button', on: { click } }, text);
    return node;
  };

  /** Runs the action of a button, which returns the text of its result or ''. */
  async function attempt(pressed: HTMLButtonElement, run: () => Promise<string>): Promise<void> {
    pressed.disabled = true;
    setText(result, '');
    try {
      setText(result, await run());
    } catch (thrown) {
      if (thrown instanceof ApiError) showError(result, i18n, thrown);
      else setText(result, t('push.refused'));
    }
    pressed.disabled = false;
    update();
  }

  const enable = button(t('push.enable'), async () => {
    const state = await push()?.enable(push()?.preview());
    return state === 'off' ? t('push.unanswered') : '';
  });
  enable.classList.add('button-main');
  const test = button(t('push.test'), async () => {
    await push()?.test();
    return t('push.tested');
  });
  const disable = button(t('push.disable'), async () => {
    await push()?.disable();
    return '';
  });
  const radios = PREVIEWS.map((preview) => {
    const change = async () => {
      await push()?.enable(preview);
      return '';
    };
    const radio = el('input', {
      type: 'radio',
      name: 'preview',
      value: preview,
      on: { change: () => void attempt(enable, change) },
    });
    return { preview, radio, node: el('label', { class: 'choice' }, radio, t(`push.preview.${preview}`)) };
  });
  const previews = el(
    'fieldset',
    { class: 'card' },
    el('legend', {}, t('push.preview')),
    el('div', { class: 'choices' }, ...radios.map(({ node }) => node)),
  );
  const soundSwitch = el('input', {
    type: 'checkbox',
    role: 'switch',
    class: 'switch',
    on: { change: () => notifier()?.sound.set(soundSwitch.checked) },
  });
  const node = panel(
    i18n,
    { title: t('push.title'), parent: { name: 'settings' } },
    el(
      'section',
      { class: 'card' },
      status,
      el('div', { class: 'push-buttons' }, enable, test, disable),
      result,
    ),
    previews,
    el(
      'section',
      { class: 'card' },
      el('label', { class: 'choice choice-switch' }, t('push.sound'), soundSwitch),
    ),
  );

  function update(): void {
    const state: PushState = push()?.state() ?? 'off';
    const isOn = state === 'on';
    setText(status, t(`push.state.${state}`));
    enable.hidden = state !== 'off' && state !== 'lost';
    test.hidden = !isOn;
    disable.hidden = !isOn && state !== 'lost';
    previews.hidden = !isOn;
    for (const { preview, radio } of radios) radio.checked = preview === push()?.preview();
    soundSwitch.checked = notifier()?.sound.isOn() ?? true;
  }

  update();
  return { node, update, focus: () => node.querySelector('h1')?.focus() };
}
