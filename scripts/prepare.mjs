// Prepares a clone for its npm scripts: npm start also needs the page (--page), npm test browsers too (--page
// --browser). --check installs nothing: it only checks whether node_modules matches package-lock.json. It may run on the
// machine's own Node before anything is installed: plain JavaScript, Node 20, only the standard library. It writes to
// stderr, because the standard output of a command may be a backup.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const npm = process.env.npm_execpath;

/** Runs a command with all of its output on stderr. @returns the result of spawnSync */
function attempt(what, command, args, env = {}) {
  console.error(what);
  const stdio = ['inherit', process.stderr.fd, 'inherit'];
  return spawnSync(command, args, { cwd: root, stdio, env: { ...process.env, ...env } });
}

function run(what, command, args, env) {
  const { status, error } = attempt(what, command, args, env);
  if (status === 0) return;
  console.error(`This did not work: ${what}${error ? ` (${error.message})` : ''}`);
  process.exit(1);
}

function runNpm(what, args, env) {
  if (npm) run(what, process.execPath, [npm, ...args], env);
  else run(what, 'npm', args, env);
}

function fingerprint(paths) {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(path.slice(root.length)).update(readFileSync(path));
  return hash.digest('hex');
}

function isUpToDate(stamp, print) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === print;
}

function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function install() {
  const stamp = join(root, 'node_modules', '.installed');
  const print = fingerprint([join(root, 'package-lock.json')]);
  if (isUpToDate(stamp, print)) return;
  if (process.argv.includes('--check')) {
    console.error('node_modules is not what package-lock.json asks for: run node scripts/prepare.mjs.');
    process.exit(1);
  }
  // npm ci would empty the folder behind a link, which belongs to another clone.
  if (lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) {
    console.error(
      'node_modules is a link and lacks what package-lock.json asks for: run npm ci in the clone it points to, or remove the link.',
    );
    process.exit(1);
  }
  runNpm('Installing what Bisik needs …', ['ci', '--include=dev', '--no-audit', '--no-fund']);
  const { stdout } = spawnSync(join(root, 'node_modules', '.bin', 'node'), ['--version'], {
    encoding: 'utf8',
  });
  if (!/^v24\./.test(stdout ?? '')) {
    console.error(
      'npm did not install Node 24 (the package "node"): its install script did not run (npm config get ignore-scripts), or there is no binary for this system.',
    );
    process.exit(1);
  }
  writeFileSync(stamp, print);
}

// The stamp is in the build folder: a build for a CDN replaces both, and the next start builds the page again.
function buildPage() {
  const page = join(root, 'chat-frontend');
  const stamp = join(page, 'dist', '.built-from');
  const sources = readdirSync(page)
    .filter((name) => name.endsWith('.ts') || ['index.html', 'package.json'].includes(name))
    .map((name) => join(page, name))
    .sort();
  const folders = ['src', 'public'].map((name) => join(page, name)).filter((folder) => existsSync(folder));
  const print = fingerprint([...sources, ...folders.flatMap(filesBelow), join(root, 'package-lock.json')]);
  if (isUpToDate(stamp, print)) return;
  runNpm('Building the page …', ['run', 'build', '--silent', '-w', 'chat-frontend'], { API_BASE: '' });
  writeFileSync(stamp, print);
}

const onPath = (name) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/** Installs a browser of Debian. Returns whether its program is there: Ubuntu has packages without a browser. */
function installFromDebian(name) {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return false;
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  attempt(`Looking for Debian’s ${name} …`, 'apt-get', ['update', '-qq'], env);
  const install = ['install', '-y', '-qq', '--no-install-recommends', name];
  return attempt(`Installing Debian’s ${name} …`, 'apt-get', install, env).status === 0 && onPath(name);
}

function installChromium() {
  if (process.env.CHROMIUM_PATH || ['chromium', 'chromium-browser', 'google-chrome'].some(onPath)) return;
  if (installFromDebian('chromium')) return;
  runNpm('Fetching a Chromium for the tests …', ['exec', '--', 'playwright-core', 'install', 'chromium']);
  console.error('Should it lack system libraries: as root, npx playwright-core install-deps chromium');
}

// The tests do without it; check.ts says so.
function installFirefox() {
  if (process.env.FIREFOX_PATH || ['firefox-esr', 'firefox'].some(onPath)) return;
  if (!installFromDebian('firefox-esr')) console.error('No Firefox: FIREFOX_PATH may name one.');
}

if (Number(process.versions.node.split('.')[0]) < 20) {
  console.error(`Bisik needs Node 20 or newer to begin with; this is ${process.version}.`);
  process.exit(1);
}
install();
if (process.argv.includes('--page')) buildPage();
if (process.argv.includes('--browser')) {
  installChromium();
  installFirefox();
}
