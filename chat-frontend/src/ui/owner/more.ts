import { el } from '../el.ts';
import type { Ui } from '../ui.ts';

/** A button that loads the next page of a list. `load` resolves to whether that worked; an error shows a toast. */
export function mountMore({ i18n: { t }, failed }: Ui, loadMore: () => Promise<void>) {
  let loading: Promise<boolean> | undefined;
  const node = el(
    'button',
    { type: 'button', class: 'link-button', hidden: true, on: { click: () => void load() } },
    t('owner.more'),
  );

  function load(): Promise<boolean> {
    node.setAttribute('aria-disabled', 'true');
    loading ??= loadMore()
      .then(
        () => true,
        (thrown: unknown) => {
          failed(thrown);
          return false;
        },
      )
      .finally(() => {
        loading = undefined;
        node.removeAttribute('aria-disabled');
      });
    return loading;
  }

  return { node, load };
}
