/** A step of `npm test`: fails on a known flaw of level high in what the services run, as far as the registry answers. */
import { spawnSync } from 'node:child_process';
import { notice } from './notice.ts';
import { readAudit } from './supply-chain.ts';

// A setting of this machine that keeps npm from asking must not pass for an answer.
const ALWAYS_ASK = ['--audit=true', '--offline=false', '--prefer-offline=false'];
const { stdout, error } = spawnSync(
  'npm',
  ['audit', '--omit=dev', '--json', '--fetch-retries=0', ...ALWAYS_ASK],
  { encoding: 'utf8', timeout: 20_000, maxBuffer: 2 ** 26 },
);
const { serious, reason } = readAudit(stdout ?? '');
if (serious === undefined)
  console.log(
    notice(
      'Known flaws of packages WERE NOT CHECKED: npm audit had no answer of the registry',
      `(${reason ?? error?.message ?? 'it printed nothing'}).`.slice(0, 84),
    ),
  );
else if (serious.length > 0) {
  console.error(`Known flaws, see npm audit: ${serious.join(', ')}`);
  process.exitCode = 1;
} else console.log('No known flaw of level high or critical.');
