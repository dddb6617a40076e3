/**
 * Tests the deployment: the commands in a fresh clone, both images, the compose file, a journey through the published
 * port, the networks, a service that hangs, and the same journey on ARM64. `node scripts/box/test-box.ts [--write]`;
 * --write puts the transcript into docs/evidence.md. Ends with `N passed, N failed`; exit code 1 when a check failed.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Box, openBox } from './box.ts';
import { type CleanUp, checkArm } from './check-arm.ts';
import { checkFreshClone, checkOperation } from './check-commands.ts';
import { checkConfinement, checkStored } from './check-containers.ts';
import { checkHang, checkLife } from './check-life.ts';
import { checkForgery, checkReach } from './check-network.ts';
import { type Engine, startEngine } from './engine.ts';
import { BASE, provideBase, saveImageNames } from './images.ts';
import { runJourney } from './journey.ts';
import { leftBehind, readMachine } from './leftovers.ts';
import { retry } from './run.ts';
import { describeCommit, openTranscript, type Transcript } from './transcript.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const IMAGES = ['bisik-core', 'bisik-cipher'];

async function testBox(engine: Engine, folder: string, t: Transcript): Promise<void> {
  const imagesBefore = await saveImageNames(engine, [BASE, ...IMAGES]);
  const base = await provideBase(engine, folder);
  t.note(`Engine: ${engine.about}. This script: Node ${process.version}, ${process.arch}.`);
  t.note(
    base === 'official'
      ? 'Base image: node:24-alpine from its registry.'
      : 'Base image: **a stand-in** for node:24-alpine, which could not be pulled here: the same Node with busybox and glibc, not Alpine and musl. Sizes and musl binaries are not those of the real image.',
  );
  if (!engine.isOwn) cleanUps.push(imagesBefore);
  const box = await openBox(engine, ROOT);
  cleanUps.push(box.remove);
  await build(engine, box, t);
  await checkBox(engine, box, folder, t);
}

async function build(engine: Engine, box: Box, t: Transcript): Promise<void> {
  t.section('Images');
  const began = performance.now();
  await retry(
    () => box.compose('build'),
    (reason) => t.note(`Built again: ${reason}.`),
  );
  t.note(`Both built in ${seconds(began)}. What lies on top of the base image:`);
  const layers = async (image: string) =>
    (await engine.mustDocker(['history', '--format', '{{.Size}}\t{{.CreatedBy}}', image])).split('\n');
  const below = await layers(BASE);
  for (const image of IMAGES) {
    const ours = (await layers(image)).filter((line) => !below.includes(line) && !line.startsWith('0B'));
    t.show(`${image}\n${ours.map((line) => line.replace(/ # buildkit$/, '')).join('\n')}`);
  }
}

async function checkBox(engine: Engine, box: Box, folder: string, t: Transcript): Promise<void> {
  t.section('A journey through the published port');
  const began = performance.now();
  await box.compose('up', '--detach', '--wait', '--no-build');
  t.note(`\`docker compose up -d --wait\` took ${seconds(began)}, the keys made on the way.`);
  const printed = await box.inside('chat-core', 'node', 'chat-core/src/commands/invite.ts', '--uses', '2');
  const [, code] = /#\/invite\/(\w+)/.exec(printed) ?? [];
  t.check(
    'the first invitation is printed inside the running container',
    code !== undefined,
    'for two people',
  );
  const journey = await runJourney(box.url, code);
  t.check(
    'two people registered, became friends, one wrote, the other read',
    journey.sent.seq === 1,
    `${JSON.stringify(journey.took)} ms`,
  );
  const page = await fetch(box.url);
  const type = page.headers.get('content-type') ?? '';
  t.check('the same port serves the page', page.ok && type.startsWith('text/html'), `${page.status} ${type}`);
  t.show(await engine.mustDocker(['ps', '--filter', `name=${box.project}`, '--format', psFormat]));
  t.show(await engine.mustDocker(['stats', '--no-stream', '--format', statsFormat]));

  t.section('What lies in the data volume');
  await checkStored(engine, box, journey, t);
  t.section('Who reaches what');
  await checkReach(engine, box, t);
  await checkForgery(engine, box, t);
  t.section('What each container may do');
  await checkConfinement(engine, box, t);
  t.section('Heap, outage, restart, stop');
  await checkLife(box, journey, t);
  t.section('A service that hangs');
  await checkHang(box, folder, journey, t);
  t.section('What whoever runs the box does');
  await checkOperation(engine, box, folder, journey, t);
}

const psFormat = 'table {{.Names}}\t{{.Image}}\t{{.Status}}\t{{.Ports}}';
const statsFormat = 'table {{.Name}}\t{{.MemUsage}}\t{{.CPUPerc}}\t{{.PIDs}}';
const round = (ms: number) => (ms / 1000).toFixed(1);
const seconds = (since: number) => `${round(performance.now() - since)} s`;

/** Stops what was started, the newest first; also after Ctrl-C. */
const cleanUps: CleanUp[] = [];

const started = performance.now();
const before = await readMachine();
const folder = mkdtempSync(join(tmpdir(), 'bisik-box-'));
// Temporary files of the programs started here are removed with the folder.
process.env.TMPDIR = join(folder, 'tmp');
mkdirSync(process.env.TMPDIR);
const transcript = openTranscript((text) => process.stdout.write(text));
const subject = `${await describeCommit(ROOT)}, ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`;
const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => reject(new Error(`Interrupted by ${signal}.`)));
});
const everything = async () => {
  transcript.note(`Tested: ${subject}.`);
  transcript.section('A fresh clone');
  await checkFreshClone(ROOT, folder, transcript);
  transcript.section('The box');
  const engine = await startEngine(folder, transcript.note);
  cleanUps.push(engine.stop);
  await testBox(engine, folder, transcript);
  await checkArm(ROOT, folder, cleanUps, transcript);
};
try {
  await Promise.race([everything(), interrupted]);
} catch (error) {
  transcript.check('the test came to its end', false, String(error));
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
}
for (const step of cleanUps.reverse())
  await step().catch((error: unknown) => transcript.check('everything is cleaned up', false, String(error)));
rmSync(folder, { recursive: true, force: true });
transcript.section('What is left behind');
const left = leftBehind(before, await readMachine());
transcript.check(
  'no process, container, network, volume, image, firewall rule, mount or temporary file stays',
  left.length === 0 && !existsSync(folder),
  left.join('; ') || 'installed packages alone',
);
transcript.note(`All of it took ${seconds(started)}.`);
const { held, failed } = transcript.outcome();
process.stdout.write(failed.length === 0 ? '\nEverything held.\n' : `\nFAILED:\n${failed.join('\n')}\n`);
if (process.argv.includes('--write')) {
  const images = join(ROOT, 'docs/images');
  const shots = existsSync(images) ? readdirSync(images).filter((name) => name.endsWith('.png')) : [];
  const page = [
    '# Evidence\n',
    `What \`npm run test:box -- --write\` saw of ${subject}; no line is typed. The same test runs at each landing, on every commit of main (\`.ci/run\`).`,
    transcript.markdown(),
    ...(shots.length > 0 ? ['## Screenshots, from the browser tests\n'] : []),
    ...shots.map((name) => `![${name.replace('.png', '')}](images/${name})\n`),
  ];
  writeFileSync(join(ROOT, 'docs/evidence.md'), page.join('\n'));
}
process.stdout.write(`${held} passed, ${failed.length} failed\n`);
process.exit(failed.length === 0 ? 0 : 1);
