import type { Device } from '../../../chat-core/src/wire.ts';
import { bdi, el, setText } from './el.ts';
import { icon } from './icons.ts';
import type { Ui } from './ui.ts';

/** Where the account is signed in. */
export function mountDevices({ i18n, actions, now }: Ui): HTMLElement {
  const { t } = i18n;
  const list = el('ul', { class: 'devices' });
  const trouble = el('p', { class: 'form-trouble', role: 'status' });

  function item(device: Device): HTMLElement {
    const when = device.current
      ? t('settings.thisDevice')
      : t('settings.lastSeen', { when: i18n.listTime(device.lastSeenAt, now()) });
    return el(
      'li',
      { class: 'device' },
      icon('device'),
      el('div', {}, bdi(device.name || 'Web'), el('p', { class: 'device-when' }, when)),
    );
  }

  actions.devices().then(
    (devices) => list.replaceChildren(...devices.map(item)),
    () => setText(trouble, t('settings.devicesFailed')),
  );
  return el('div', {}, list, trouble);
}
