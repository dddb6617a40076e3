import type { Reporter, TestModule } from 'vitest/node';
import { notice } from './notice.ts';

/**
 * Ends the output with the tests that passed only at their second attempt, in a frame, and with `N passed, N failed` as the
 * last line, for programs that read it.
 */
export class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const states = tests.map((test) => test.result().state);
    const retried = tests.filter((test) => test.diagnostic()?.flaky);
    if (retried.length > 0) {
      const names = retried.map(({ module, fullName }) => `  ${module.relativeModuleId} > ${fullName}`);
      console.log(
        notice(
          `${retried.length} PASSED ONLY AT A SECOND ATTEMPT: a race in each (CONTRIBUTING.md)`,
          ...names,
        ),
      );
    }
    const count = (state: string) => states.filter((one) => one === state).length;
    const skipped = count('skipped') + count('pending');
    console.log(
      `${count('passed')} passed, ${count('failed')} failed${skipped ? `, ${skipped} skipped` : ''}`,
    );
  }
}
