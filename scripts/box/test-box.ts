/**
 * The box, tried for real: a fresh clone's commands, both images, the compose file, a journey through the published port,
 * who reaches what, a service that hangs, and the same journey on ARM64. `node scripts/box/test-box.ts [--write]`;
 * --write puts the transcript into docs/evidence.md. Ends with `N passed, N failed`; exit code 1 when a check failed.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BASE, provideBase } from './base-image.ts';
import { type Box, openBox } from './box.ts';
import { describeCommit } from './commit.ts';
import { checkConfinement } from './confinement.ts';
import { type ArmNode, describeArmNode, provideArmNode, startArmPair } from './emulated.ts';
import { type Engine, startEngine } from './engine.ts';
import { checkForgery } from './forgery.ts';
import { checkFreshClone } from './fresh-clone.ts';
import { checkHang } from './hang.ts';
import { rememberImages } from './images.ts';
import { checkReach } from './isolation.ts';
import { history, travel } from './journey.ts';
import { leftBehind, readMachine } from './leftovers.ts';
import { checkLife } from './life.ts';
import { checkOperation } from './operate.ts';
import { retry } from './retry.ts';
import { checkStored } from './stored.ts';
import { openTranscript, type Transcript } from './transcript.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const IMAGES = ['bisik-core', 'bisik-cipher'];

async function testBox(engine: Engine, folder: string, t: Transcript): Promise<void> {
  const imagesBefore = await rememberImages(engine, [BASE, ...IMAGES]);
  const base = await provideBase(engine, folder);
  t.say(`Engine: ${engine.about}. This script: Node ${process.version}, ${process.arch}.`);
  t.say(
    base === 'official'
      ? 'Base image: node:24-alpine from its registry.'
      : 'Base image: **a stand-in** for node:24-alpine, which could not be pulled here: the same Node with busybox and glibc, not Alpine and musl. Sizes and musl binaries are not those of the real image.',
  );
  if (!engine.isOwn) undo.push(imagesBefore);
  const box = await openBox(engine, ROOT);
  undo.push(box.remove);
  await build(engine, box, t);
  await live(engine, box, folder, t);
}

async function build(engine: Engine, box: Box, t: Transcript): Promise<void> {
  t.section('Images');
  const began = performance.now();
  await retry(
    () => box.compose('build'),
    (reason) => t.say(`Built again: ${reason}.`),
  );
  t.say(`Both built in ${seconds(began)}. What lies on top of the base image:`);
  const layers = async (image: string) =>
    (await engine.mustDocker(['history', '--format', '{{.Size}}\t{{.CreatedBy}}', image])).split('\n');
  const below = await layers(BASE);
  for (const image of IMAGES) {
    const ours = (await layers(image)).filter((line) => !below.includes(line) && !line.startsWith('0B'));
    t.show(`${image}\n${ours.map((line) => line.replace(/ # buildkit$/, '')).join('\n')}`);
  }
}

async function live(engine: Engine, box: Box, folder: string, t: Transcript): Promise<void> {
  t.section('A journey through the published port');
  const began = performance.now();
  await box.compose('up', '--detach', '--wait', '--no-build');
  t.say(`\`docker compose up -d --wait\` took ${seconds(began)}, the keys made on the way.`);
  const printed = await box.inside('chat-core', 'node', 'chat-core/src/commands/invite.ts', '--uses', '2');
  const [, code] = /#\/invite\/(\w+)/.exec(printed) ?? [];
  t.check(
    'the first invitation is printed inside the running container',
    code !== undefined,
    'for two people',
  );
  const journey = await travel(box.url, code);
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

async function testArm(folder: string, t: Transcript): Promise<void> {
  t.section('The same journey on ARM64');
  const node = await provideArmNode(folder);
  const about = await describeArmNode(node, ROOT);
  t.say(`${node.about}; Node, and the binary bcrypt loads there: \`${about}\`.`);
  t.check('this Node is for ARM64, and so is its bcrypt', /^arm64 v24\..*linux-arm64/.test(about), about);
  await retry(
    () => travelOnArm(node, folder, t),
    (reason) => t.say(`Once more: ${reason}.`),
  );
}

async function travelOnArm(node: ArmNode, folder: string, t: Transcript): Promise<void> {
  const pair = await startArmPair(node, ROOT, folder);
  undo.push(pair.stop);
  t.say(`Making the keys took ${round(pair.setUpMs)} s, starting both services ${round(pair.startMs)} s.`);
  const { reader, writer, sent, took, canary } = await travel(pair.url).catch((error: unknown) => {
    throw new Error(`${error}\n${pair.output()}`, { cause: error });
  });
  t.check(
    'two people registered, became friends, one wrote, the other read',
    sent.seq === 1,
    `${JSON.stringify(took)} ms`,
  );
  const [read] = await history(reader, writer);
  t.check('the text came back as it was written', read?.content === canary, read?.content);
  const codes = await pair.stop();
  t.check('both stop with exit code 0', codes.join() === '0,0', codes.join());
}

const psFormat = 'table {{.Names}}\t{{.Image}}\t{{.Status}}\t{{.Ports}}';
const statsFormat = 'table {{.Name}}\t{{.MemUsage}}\t{{.CPUPerc}}\t{{.PIDs}}';
const round = (ms: number) => (ms / 1000).toFixed(1);
const seconds = (since: number) => `${round(performance.now() - since)} s`;

/** Undoes what was started, the newest first; also after Ctrl-C. */
const undo: (() => Promise<unknown>)[] = [];

const begun = performance.now();
const before = await readMachine();
const folder = mkdtempSync(join(tmpdir(), 'bisik-box-'));
// Whatever a program started here puts aside goes with the folder.
const aside = join(folder, 'tmp');
mkdirSync(aside);
process.env.TMPDIR = aside;
const transcript = openTranscript((text) => process.stdout.write(text));
const subject = `${await describeCommit(ROOT)}, ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`;
const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => reject(new Error(`Interrupted by ${signal}.`)));
});
const everything = async () => {
  transcript.say(`Tested: ${subject}.`);
  transcript.section('A fresh clone');
  await checkFreshClone(ROOT, folder, transcript);
  transcript.section('The box');
  const engine = await startEngine(folder, transcript.say);
  undo.push(engine.stop);
  await testBox(engine, folder, transcript);
  await testArm(folder, transcript);
};
try {
  await Promise.race([everything(), interrupted]);
} catch (error) {
  transcript.check('the test came to its end', false, String(error));
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
}
for (const step of undo.reverse())
  await step().catch((error: unknown) => transcript.check('everything is cleaned up', false, String(error)));
rmSync(folder, { recursive: true, force: true });
transcript.section('What is left behind');
const left = leftBehind(before, await readMachine());
transcript.check(
  'no process, container, network, volume, image, firewall rule, mount or temporary file stays',
  left.length === 0 && !existsSync(folder),
  left.join('; ') || 'installed packages alone',
);
transcript.say(`All of it took ${seconds(begun)}.`);
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
