import type { Control } from './control.ts';

/** The part of a report of vitest (--reporter=json) that is read here. */
type Report = {
  testResults: { message: string; assertionResults: { fullName: string; status: string }[] }[];
};

/** Whether the test of a control noticed its fault; else why not. */
export type Verdict = { isCaught: true; by: string } | { isCaught: false; because: string };

/**
 * Reads the report of the test that ran over the planted code. Only a test that failed by itself counts: code that does not
 * load, or a preparation that fails, proves nothing about the harness.
 */
export function verdictOf({ title, only = '' }: Pick<Control, 'title' | 'only'>, report: string): Verdict {
  let read: Report;
  try {
    read = JSON.parse(report);
  } catch {
    return { isCaught: false, because: 'the test did not come to its end' };
  }
  const results = read.testResults.flatMap(({ assertionResults }) => assertionResults);
  const own = results.filter(({ fullName }) => fullName.includes(title) && fullName.includes(only));
  const failed = own.find(({ status }) => status === 'failed');
  if (failed) return { isCaught: true, by: failed.fullName };
  const message = read.testResults.find(({ message }) => message !== '')?.message;
  if (message) return { isCaught: false, because: `the test file did not run: ${message.split('\n')[0]}` };
  const passed = own.filter(({ status }) => status === 'passed').length;
  return { isCaught: false, because: passed > 0 ? 'the test passed' : 'there is no such test' };
}

/** The text of a file with the fault of a control. @throws Error when the place is not there, or more than once */
export function plant({ file, from, to }: Pick<Control, 'file' | 'from' | 'to'>, text: string): string {
  const places = text.split(from).length - 1;
  if (places !== 1) throw new Error(`${file} has the place of the fault ${places} times: ${from}`);
  return text.replace(from, () => to);
}
