import { type Choice, choose } from './dialog.ts';
import type { Ui } from './ui.ts';

type Question = { title: string; lead?: string; yes: string; danger?: boolean };

/**
 * Asks for confirmation if there is a question, runs the action, and shows a toast for its success or its error.
 * @returns whether the action was run and succeeded
 */
export async function confirmAndRun(
  { i18n, notify, failed }: Ui,
  question: Question | undefined,
  run: () => Promise<void>,
  done = '',
): Promise<boolean> {
  const yes: Choice<true>[] = question
    ? [{ label: question.yes, value: true, danger: question.danger ?? true }]
    : [];
  if (question && !(await choose(i18n, { ...question, choices: yes }))) return false;
  try {
    await run();
    if (done) notify(done);
    return true;
  } catch (thrown) {
    failed(thrown);
    return false;
  }
}
