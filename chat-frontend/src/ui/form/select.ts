import { el } from '../el.ts';

export type Option = { value: string; label: string };

let count = 0;

/** A labelled select, with a hint as its description. */
export function mountSelect(spec: {
  label: string;
  hint?: string;
  options: Option[];
  value: string;
  onChange?: (value: string) => void;
}) {
  const id = `select-${++count}`;
  const select = el(
    'select',
    {
      id,
      ...(spec.hint ? { 'aria-describedby': `${id}-hint` } : {}),
      on: { change: () => spec.onChange?.(select.value) },
    },
    ...spec.options.map(({ value, label }) => el('option', { value }, label)),
  );
  select.value = spec.value;
  const node = el(
    'div',
    { class: 'field' },
    el('label', { for: id }, spec.label),
    select,
    spec.hint ? el('p', { class: 'field-hint', id: `${id}-hint` }, spec.hint) : undefined,
  );
  return { node, select };
}
