/** A step of `npm test`: fails on a known flaw of level high in what the services run, as far as the registry answers. */
import { spawnSync } from 'node:child_process';
import { seriousAdvisories } from './supply-chain.ts';

const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json', '--fetch-retries=0'], {
  encoding: 'utf8',
  timeout: 20_000,
  maxBuffer: 2 ** 26,
});
const found = seriousAdvisories(stdout ?? '');
if (found === undefined)
  console.log(`
########################################################################################
#  Known flaws of packages WERE NOT CHECKED: the registry did not answer npm audit.    #
########################################################################################`);
else if (found.length > 0) {
  console.error(`Known flaws, see npm audit: ${found.join(', ')}`);
  process.exitCode = 1;
} else console.log('No known flaw of level high or critical.');
