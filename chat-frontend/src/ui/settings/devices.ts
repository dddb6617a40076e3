import type { Device, Id } from '../../../../chat-core/src/wire/wire.ts';
import { rowButton } from '../card-rows.ts';
import { confirm } from '../dialog.ts';
import { bdi, el } from '../el.ts';
import { showError } from '../error-message.ts';
import { lazyIcon } from '../lazy-icons.ts';
import type { Ui } from '../ui.ts';

/** The devices on which the account is signed in, each with a button to log it out by `endDevice`, false if that was cancelled. */
export function mountDevices(
  { i18n, actions, now, notify, failed }: Ui,
  endDevice: (id: Id) => Promise<boolean>,
): HTMLElement {
  const { t } = i18n;
  const list = el('ul', { tabindex: -1 });
  const errorText = el('p', { class: 'form-error', role: 'status' });

  function item(device: Device): HTMLElement {
    const name = device.name || 'Web';
    const when = device.current
      ? t('settings.thisDevice')
      : t('settings.lastSeen', { when: i18n.listTime(device.lastSeenAt, now()) });
    const end = device.current
      ? undefined
      : rowButton(
          t('settings.endDevice'),
          t('settings.endDeviceWhich', { name, when }),
          () => void onEnd(device.id, name, node).catch(failed),
        );
    const text = el('div', { class: 'device-text' }, bdi(name), el('p', { class: 'device-when' }, when));
    const node = el('li', { class: 'device' }, lazyIcon('device'), text, end);
    return node;
  }

  async function onEnd(id: string, name: string, node: HTMLElement): Promise<void> {
    const question = {
      title: t('settings.endDeviceTitle', { name }),
      lead: t('settings.endDeviceLead'),
      yes: t('settings.endDevice'),
    };
    if (!(await confirm(i18n, question)) || !(await endDevice(id))) return;
    notify(t('settings.endDeviceDone', { name }));
    node.remove();
    list.focus();
  }

  actions.devices().then(
    (devices) => list.replaceChildren(...devices.map(item)),
    (thrown: unknown) => showError(errorText, i18n, thrown, { before: t('settings.devicesFailed') }),
  );
  return el('div', {}, list, errorText);
}
