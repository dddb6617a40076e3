import { type Choice, choose } from './dialog.ts';
import type { Ui } from './ui.ts';

type Ask = { title: string; lead?: string; yes: string; danger?: boolean };

/**
 * Does something to somebody once it was agreed to; says when it is done, and when it was not. Answers whether it was.
 * Pressed twice it asks twice, and the second finds it done.
 */
export async function confirmAndRun(
  { i18n, notify, failed }: Ui,
  ask: Ask | undefined,
  run: () => Promise<void>,
  done = '',
): Promise<boolean> {
  const yes: Choice<true>[] = ask ? [{ label: ask.yes, value: true, danger: ask.danger ?? true }] : [];
  if (ask && !(await choose(i18n, { ...ask, choices: yes }))) return false;
  try {
    await run();
    if (done) notify(done);
    return true;
  } catch (thrown) {
    failed(thrown);
    return false;
  }
}
