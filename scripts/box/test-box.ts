/**
 * Tests the deployment: the commands in a fresh clone, both images, the compose file, a journey through the published
 * port, the networks, reverse proxies, a service that hangs, and the same journey on ARM64. `node scripts/box/test-box.ts [--write]`;
 * --write puts the report into docs/evidence.md. Ends with `N passed, N failed`; exit code 1 when a check failed.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Box, inviteTwo, openBox, runJourney } from './box.ts';
import { checkDoctor } from './check-doctor.ts';
import { checkArm, checkFreshClone } from './check-host.ts';
import {
  buildFakeTunnel,
  checkInstall,
  checkScripts,
  FAKED_IMAGE,
  type InstalledBox,
  openInstalledBox,
} from './check-install.ts';
import { checkKeys } from './check-keys.ts';
import { checkHang, checkLife, checkOperation, frequentHealthChecks } from './check-operation.ts';
import { checkPackages } from './check-packages.ts';
import { checkProxies } from './check-proxies.ts';
import { checkConfinement, checkForgery, checkReach, checkStored } from './check-security.ts';
import { checkUpdate } from './check-update.ts';
import { BASE, buildOptions, provideBase, STAND_IN, saveImageNames, startEngine } from './engine.ts';
import { docker, machine, openReport, retry, run, type Section, stopwatch, tryRun } from './harness.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const IMAGES = ['bisik-core', 'bisik-cipher'];
/** What an image may add to its base: a download on a slow line, twice on a small card while an update runs. */
const MAX_OWN_MB = 20;

/** Where the pictures of the owner's pages stay, outside the repository and after the test. */
const SHOTS = process.env.BOX_SCREENSHOTS ?? join(tmpdir(), 'bisik-owner-pages');

const seconds = stopwatch();
const folder = mkdtempSync(join(tmpdir(), 'bisik-box-'));
const before = await machine('list', folder);
// Temporary files of the programs started here are removed with the folder.
process.env.TMPDIR = join(folder, 'tmp');
mkdirSync(process.env.TMPDIR);
const report = openReport((text) => process.stdout.write(text));
/** What stops and removes all that was started, the newest first; also after Ctrl-C. */
const cleanUps: (() => Promise<unknown>)[] = [];

/** The containers: an engine, both images, then two boxes side by side, because a hang is mostly waited for. */
async function testContainers(): Promise<void> {
  await report.section('Engine and images', prepareEngine);
  const box = await openBox('box', 0, ROOT);
  const hanging = await openBox('hang', 1, ROOT);
  cleanUps.push(box.remove, hanging.remove);
  await sideBySide([
    testBox(box),
    report.section('A service that hangs', (section) => testHang(hanging, section)),
    testInstall(),
    report.section('Update, rollback, backup, restore', (section) =>
      checkUpdate(ROOT, folder, (stop) => cleanUps.push(stop), section),
    ),
  ]);
}

async function prepareEngine({ note, show, check }: Section): Promise<void> {
  const engine = await startEngine(folder);
  cleanUps.push(engine.stop);
  note(`${engine.about}. This script: Node ${process.version}, ${process.arch}.`);
  const restoreNames = await saveImageNames([BASE, STAND_IN, FAKED_IMAGE, ...IMAGES]);
  if (!engine.isOwn) cleanUps.push(restoreNames);
  const base = await provideBase(folder);
  note(
    base.isOfficial
      ? `Base image: ${BASE} from its registry.`
      : `Base image: **a stand-in** for ${BASE}, which could not be pulled here: the same Node with busybox and glibc, not Alpine and musl. Sizes and musl binaries are not those of the real image.`,
  );
  const options = ['--env-file', '/dev/null', '--progress', 'quiet', ...buildOptions(folder, base)];
  const seconds = stopwatch();
  await retry(
    () => run('docker', ['compose', ...options, 'build'], { cwd: ROOT }),
    (reason) => note(`Built again: ${reason}.`),
  );
  note(`Both images were built in ${seconds()}.`);
  const layers = async (image: string) =>
    (await docker('history', '--format', '{{.Size}}\t{{.CreatedBy}}', image)).split('\n');
  const ofBase = await layers(base.image);
  for (const image of IMAGES) {
    const added = (await layers(image)).filter((line) => !ofBase.includes(line) && !line.startsWith('0B'));
    show(`${image}, on top of the base image:\n${added.join('\n').replaceAll(' # buildkit', '')}`);
    const own = (await sizeOf(image)) - (await sizeOf(base.image));
    const evidence = `${(own / 1e6).toFixed(1)} MB`;
    check(`${image} adds at most ${MAX_OWN_MB} MB to its base`, own <= MAX_OWN_MB * 1e6, evidence);
  }
}

/** Bytes of an image, its base included. */
const sizeOf = async (image: string) =>
  Number(await docker('image', 'inspect', '--format', '{{.Size}}', image));

async function testBox(box: Box): Promise<void> {
  const journey = await report.section(
    'A journey through the published port',
    async ({ note, show, check }) => {
      const seconds = stopwatch();
      await box.up();
      note(`\`docker compose up -d --wait\` took ${seconds()}, including the keys.`);
      const code = await inviteTwo(box);
      check(
        'the first invitation is printed inside the running container',
        code !== undefined,
        'for two people',
      );
      const journey = await runJourney(box.url, code);
      const evidence = `${JSON.stringify(journey.took)} ms`;
      check(
        'two people registered, became friends, one wrote, the other read',
        journey.sent.seq === 1,
        evidence,
      );
      const page = await fetch(box.url);
      const type = page.headers.get('content-type') ?? '';
      const isPage = page.ok && type.startsWith('text/html');
      check('the same port serves the page', isPage, `${page.status} ${type}`);
      const rows = 'table {{.Names}}\t{{.Image}}\t{{.Status}}\t{{.Ports}}';
      show(await docker('ps', '--filter', `name=${box.project}`, '--format', rows));
      const columns = 'table {{.Name}}\t{{.MemUsage}}\t{{.CPUPerc}}\t{{.PIDs}}';
      show(await docker('stats', '--no-stream', '--format', columns));
      return journey;
    },
  );
  await report.section('What the data volume holds', (section) => checkStored(box, journey, section));
  await report.section('Who reaches what', async (section) => {
    await checkReach(box, section);
    await checkForgery(box, section);
  });
  await report.section('What each container may do', (section) => checkConfinement(box, section));
  await report.section('The packages of each image', (section) => checkPackages(box, section));
  await report.section('Heap, outage, restart, stop', (section) => checkLife(box, journey, section));
  await report.section('What the operator does', (section) => checkOperation(box, folder, journey, section));
  await report.section('Keys', (section) => checkKeys(box, folder, journey, section));
}

/** `./bisik`, one box after the other: both choose a free network. */
async function testInstall(): Promise<void> {
  const images = { core: 'bisik-core', cipher: 'bisik-cipher' };
  await report.section('The shell scripts', (section) => checkScripts(ROOT, folder, section));
  await buildFakeTunnel(folder, images);
  const box = openInstalledBox(ROOT, folder, 'installed', images, ['busybox', 'sh']);
  cleanUps.push(box.remove);
  await report.section('./bisik from an empty folder', (section) => checkInstall(box, section));
  const owned = openInstalledBox(ROOT, folder, 'owned', images);
  cleanUps.push(owned.remove);
  const checkOwner = await loadOwnerCheck();
  await report.section('Two phones, and the owner’s pages, in a browser', (section) =>
    checkOwner(owned, SHOTS, section),
  );
  const faulty = openInstalledBox(ROOT, folder, 'faulty', images);
  cleanUps.push(faulty.remove);
  await report.section('What ./bisik doctor finds', (section) => checkDoctor(faulty, section));
}

type OwnerCheck = (box: InstalledBox, shots: string, section: Section) => Promise<void>;

/** Loaded by its path: what runs in a browser has other types than what runs in Node. */
async function loadOwnerCheck(): Promise<OwnerCheck> {
  const path: string = join(ROOT, 'chat-frontend/test/box/check-owner.ts');
  return ((await import(path)) as { checkOwner: OwnerCheck }).checkOwner;
}

async function testHang(box: Box, section: Section): Promise<void> {
  const options = frequentHealthChecks(folder);
  section.note('The health checks run every 2 s here, not every minute; all else is as in the compose file.');
  await box.up({}, ...options);
  const journey = await runJourney(box.url, await inviteTwo(box));
  await checkHang(box, options, journey, section);
}

/** Waits for all parts, also when one fails. @throws the first error */
async function sideBySide(parts: Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(parts)).find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

/** The tested commit, and whether the tree has changes beyond it. */
async function describeCommit(): Promise<string> {
  // The clone may belong to another user.
  const git = (...args: string[]) =>
    tryRun('git', ['-c', `safe.directory=${ROOT.replace(/\/$/, '')}`, ...args], { cwd: ROOT });
  const head = await git('rev-parse', 'HEAD');
  if (head.code !== 0) return 'an unknown commit: this is no git clone';
  const changed = (await git('status', '--porcelain')).output.split('\n').filter(Boolean);
  const tree = changed.length === 0 ? 'clean tree' : `with ${changed.length} uncommitted files`;
  return `commit ${head.output} (${tree})`;
}

function writeEvidence(subject: string): void {
  const images = join(ROOT, 'docs/images');
  const shots = existsSync(images) ? readdirSync(images).filter((name) => name.endsWith('.png')) : [];
  const page = [
    '# Evidence\n',
    `What \`npm run test:box -- --write\` saw of ${subject}; no line is typed. The same test runs at each landing, on every commit of main (\`.ci/run\`).\n`,
    report.markdown(),
    ...(shots.length > 0 ? ['## Screenshots, from the browser tests\n'] : []),
    ...shots.map((name) => `![${name.replace('.png', '')}](images/${name})\n`),
  ];
  writeFileSync(join(ROOT, 'docs/evidence.md'), page.join('\n'));
}

const subject = `${await describeCommit()}, ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`;
process.stdout.write(`Tested: ${subject}.\n`);
const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => reject(new Error(`Interrupted by ${signal}.`)));
});
const onStart = (stop: () => Promise<unknown>) => cleanUps.push(stop);
const parts = sideBySide([
  testContainers(),
  report.section('A fresh clone', (section) => checkFreshClone(ROOT, folder, section)),
  report.section('Reverse proxies', (section) => checkProxies(ROOT, folder, onStart, section)),
  report.section('The same journey on ARM64', (section) => checkArm(ROOT, folder, onStart, section)),
]);
const failure = await Promise.race([parts, interrupted]).catch((error: unknown) => error);
await report
  .section('What is left behind', async ({ note, check }) => {
    if (failure !== undefined) check('the test came to its end', false, String(failure));
    for (const step of cleanUps.reverse())
      await step().catch((error: unknown) => check('everything is cleaned up', false, String(error)));
    rmSync(folder, { recursive: true, force: true });
    const after = (await machine('list', folder)).split('\n');
    const left = after.filter((line) => !before.split('\n').includes(line));
    check(
      'no process, container, network, volume, image, firewall rule, mount or temporary file stays',
      left.length === 0 && !existsSync(folder),
      left.join('; ') || 'installed packages alone',
    );
    note(`The whole test took ${seconds()}.`);
  })
  .catch(() => {});
const { passed, failed } = report.result();
process.stdout.write(failed.length === 0 ? '\nEvery check held.\n' : `\nFAILED:\n${failed.join('\n')}\n`);
if (process.argv.includes('--write')) writeEvidence(subject);
process.stdout.write(`${passed} passed, ${failed.length} failed\n`);
process.exit(failed.length === 0 ? 0 : 1);
