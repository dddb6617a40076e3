import type { PushPreview } from '../../../../chat-core/src/wire/wire.ts';
import { ApiError } from '../../api/api-error.ts';
import type { PushState } from '../../notifications/push.ts';
import { el, setText } from '../el.ts';
import { showError } from '../error-message.ts';
import { panel } from '../panel.ts';
import type { Screen, Ui } from '../ui.ts';

const PREVIEWS: PushPreview[] = ['name', 'full', 'none'];

/** Whether and how this device tells of messages: notifications, how much they show, a trial, and the sound. */
export function mountNotifications({ i18n, alerts }: Ui): Screen {
  const { t } = i18n;
  const { sound } = alerts;
  const words = el('p', {});
  const outcome = el('p', { class: 'form-error', role: 'status' });
  const button = (text: string, work: () => Promise<string>) => {
    const node = el(
      'button',
      { type: 'button', class: 'button', on: { click: () => void attempt(node, work) } },
      text,
    );
    return node;
  };

  async function attempt(pressed: HTMLButtonElement, work: () => Promise<string>): Promise<void> {
    pressed.disabled = true;
    setText(outcome, '');
    try {
      setText(outcome, await work());
    } catch (thrown) {
      if (thrown instanceof ApiError) showError(outcome, i18n, thrown);
      else setText(outcome, t('push.refused'));
    }
    pressed.disabled = false;
    update();
  }

  const enable = button(t('push.enable'), async () => {
    const state = await alerts.push()?.enable(alerts.push()?.preview());
    return state === 'off' ? t('push.unanswered') : '';
  });
  enable.classList.add('button-main');
  const test = button(t('push.test'), async () => {
    await alerts.push()?.test();
    return t('push.tested');
  });
  const disable = button(t('push.disable'), async () => {
    await alerts.push()?.disable();
    return '';
  });
  const radios = PREVIEWS.map((preview) => {
    const change = async () => {
      await alerts.push()?.enable(preview);
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
  const heard = el('input', {
    type: 'checkbox',
    role: 'switch',
    class: 'switch',
    on: { change: () => sound.set(heard.checked) },
  });
  const node = panel(
    i18n,
    { title: t('push.title'), parent: { name: 'settings' } },
    el(
      'section',
      { class: 'card' },
      words,
      el('div', { class: 'push-buttons' }, enable, test, disable),
      outcome,
    ),
    previews,
    el('section', { class: 'card' }, el('label', { class: 'choice choice-switch' }, t('push.sound'), heard)),
  );

  function update(): void {
    const push = alerts.push();
    const state: PushState = push?.state() ?? 'off';
    const isOn = state === 'on';
    setText(words, t(`push.is.${state}`));
    enable.hidden = state !== 'off' && state !== 'lost';
    test.hidden = !isOn;
    disable.hidden = !isOn && state !== 'lost';
    previews.hidden = !isOn;
    for (const { preview, radio } of radios) radio.checked = preview === push?.preview();
    heard.checked = sound.isOn();
  }

  update();
  return { node, update, focus: () => node.querySelector('h1')?.focus() };
}
