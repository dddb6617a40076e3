import type { Ui } from '../ui.ts';

/**
 * Makes a change at once, and shows a toast with a button that takes it back. An error of either shows a toast.
 * @returns whether the change was made
 */
export async function undoable(
  { i18n: { t }, notify, failed }: Ui,
  done: string,
  change: () => Promise<void>,
  undo: () => Promise<void>,
): Promise<boolean> {
  try {
    await change();
  } catch (thrown) {
    failed(thrown);
    return false;
  }
  notify(done, () => void undo().then(() => notify(t('owner.undone')), failed));
  return true;
}
