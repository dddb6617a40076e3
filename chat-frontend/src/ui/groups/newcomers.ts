import type { NewcomersRead } from '../../../../chat-core/src/wire/wire.ts';
import { el } from '../el.ts';
import type { Ui } from '../ui.ts';

const VALUES: NewcomersRead[] = ['none', 'all'];

/** The choice of what people who join a group may read of the messages before, each with a sentence. */
export function mountNewcomers({ i18n: { t } }: Ui, onChange?: (value: NewcomersRead) => void) {
  const radios = VALUES.map((value) =>
    el('input', {
      type: 'radio',
      name: 'newcomers',
      value,
      checked: value === 'none',
      on: { change: () => onChange?.(value) },
    }),
  );
  const labels = radios.map((radio, index) =>
    el('label', { class: 'choice' }, radio, t(`newcomers.${VALUES[index] ?? 'none'}`)),
  );
  const node = el(
    'fieldset',
    { class: 'card' },
    el('legend', {}, t('newcomers.legend')),
    el('div', { class: 'choices choices-down' }, ...labels),
  );

  return {
    node,
    value: (): NewcomersRead => VALUES.find((_, index) => radios[index]?.checked) ?? 'none',
    show(value: NewcomersRead): void {
      for (const radio of radios) radio.checked = radio.value === value;
    },
  };
}
