import type { Ui } from '../ui.ts';

/**
 * Makes a change at once, and shows a toast with a button that takes it back. An error of either shows a toast;
 * what answers `false` was cancelled. @returns whether the change was made
 */
export async function undoable(
  { i18n: { t }, notify, failed }: Ui,
  done: string,
  change: () => Promise<unknown>,
  undo: () => Promise<unknown>,
): Promise<boolean> {
  try {
    if ((await change()) === false) return false;
  } catch (thrown) {
    failed(thrown);
    return false;
  }
  notify(done, () => void undo().then((isDone) => isDone === false || notify(t('owner.undone')), failed));
  return true;
}
