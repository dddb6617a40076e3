import { defineConfig } from 'vitest/config';
import { ClosingLine } from './scripts/closing-line.ts';

const keys = './chat-core/test/support/keys.ts';
const page = './chat-frontend/test/support/page.ts';
/** They stand beside their files, and run servers of PostgreSQL as stories do. */
const databases = 'chat-core/src/storage/postgres/**/*.test.ts';

/** Rules stand beside their file; stories use the real pair; the browser shows what people see. */
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    reporters: ['default', new ClosingLine()],
    // Guards against what hangs, never a measure: the machine may be slow, and busy besides.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    teardownTimeout: 60_000,
    expect: { poll: { timeout: 120_000, interval: 20 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'rules',
          include: [
            '*/src/**/*.test.ts',
            'cipher-service/test/**/*.test.ts',
            'scripts/**/*.test.ts',
            'chat-core/bench/**/*.test.ts',
          ],
          exclude: [databases],
        },
      },
      {
        extends: true,
        // Stories and browser tests run several processes on a shared machine: one second attempt each. The end of the output
        // names those that needed it (scripts/closing-line.ts): a race that it hides is a fault to mend (CONTRIBUTING.md).
        test: {
          name: 'stories',
          include: ['chat-core/test/**/*.test.ts', databases],
          globalSetup: keys,
          retry: 1,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['chat-frontend/test/**/*.test.ts'],
          globalSetup: [keys, page],
          retry: 1,
        },
      },
    ],
  },
});
