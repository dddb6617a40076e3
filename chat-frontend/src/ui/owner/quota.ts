import { el } from '../el.ts';
import { mountSelect } from '../form/select.ts';
import { formatSize } from '../format-size.ts';
import type { Ui } from '../ui.ts';

const MB = 1_048_576;
const SIZES_MB = [0, 100, 250, 500, 1_024, 2_048, 5_120, 10_240];

/** Chooses how much the files of a person may use, in MB; null: as much as the box lets everyone use. */
export function mountQuota({ i18n: { t, locale } }: Ui, onChange: (quotaMb: number | null) => void) {
  const labelOf = (mb: number) => (mb === 0 ? t('people.quotaNone') : formatSize(mb * MB, locale));
  const optionOf = (mb: number) => ({ value: String(mb), label: labelOf(mb) });
  const field = mountSelect({
    label: t('people.quota'),
    hint: t('people.quotaHint'),
    options: [{ value: '', label: t('people.quotaBox') }, ...SIZES_MB.map(optionOf)],
    value: '',
    onChange: (value) => onChange(value === '' ? null : Number(value)),
  });

  return {
    node: field.node,
    show(quotaMb: number | undefined): void {
      const { select } = field;
      const value = quotaMb === undefined ? '' : String(quotaMb);
      if (quotaMb !== undefined && ![...select.options].some((option) => option.value === value))
        select.append(el('option', { value }, labelOf(quotaMb)));
      select.value = value;
    },
  };
}
