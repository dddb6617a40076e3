import type { Control } from './control.ts';

const COMMANDS = 'chat-core/src/commands';

/** Faults in nightly backups, their rehearsal and a restore. */
export const BACKUP_CONTROLS: Control[] = [
  {
    row: 'T-BK1',
    fault: 'a rehearsal that finds faults succeeds',
    file: `${COMMANDS}/nightly/rehearse.ts`,
    from: 'if (first === undefined) return;',
    to: 'if (first === undefined || name) return;',
    test: 'chat-core/test/nightly-backups.test.ts',
    title: 'S3 gets each file of a message once, and a second box restores all of it from there',
  },
  {
    row: 'T-BK1',
    fault: 'retention removes the last backup whose rehearsal succeeded',
    file: `${COMMANDS}/nightly/retention.ts`,
    from: 'const kept = new Set(protectedNames);',
    to: 'const kept = new Set(protectedNames.slice(1));',
    test: `${COMMANDS}/nightly/retention.test.ts`,
    title: 'it keeps the newest backup, protected ones and at most eleven others',
  },
];
