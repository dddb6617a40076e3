// Runs a program of Bisik (`node scripts/run.mjs <file> …`), or prints in a sentence what is missing: npm prepares a clone
// before each script, except with ignore-scripts. Plain JavaScript, for any version of Node.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const UNPREPARED = ['ERR_MODULE_NOT_FOUND', 'ERR_UNKNOWN_FILE_EXTENSION', 'ERR_DLOPEN_FAILED'];
const SENTENCE = `Bisik is not prepared: it needs Node 24 and its packages, which npm installs before each of its scripts unless ignore-scripts is set (npm config get ignore-scripts). Run npm with --ignore-scripts=false, or first: npm_config_ignore_scripts=false node scripts/prepare.mjs --page\n`;

function refuse() {
  process.stderr.write(SENTENCE);
  process.exit(1);
}

const root = fileURLToPath(new URL('..', import.meta.url));
// The program reads its arguments as if it had been started directly.
process.argv.splice(1, 2, resolve(root, process.argv[2] ?? ''));
// A program may import no package and still start tools of node_modules.
if (Number(process.versions.node.split('.')[0]) < 24 || !existsSync(join(root, 'node_modules'))) refuse();
try {
  await import(pathToFileURL(process.argv[1]).href);
} catch (error) {
  if (!UNPREPARED.includes(error?.code)) throw error;
  refuse();
}
