/** `./bisik update`, `rollback`, `backup` and `restore` on a box of its own, while a person goes on sending. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from '../../chat-core/src/wire/wire.ts';
import { type Answer, logIn, type Person } from '../../chat-core/test/support/person.ts';
import { signalProcess } from '../signal-process.ts';
import { freePort, runJourney } from './box.ts';
import { docker, type Outcome, type Section, stopwatch, tryRun, waitFor } from './harness.ts';

/** Changes that make a broken or another version of the core's image, as root in its folder. */
const VERSIONS = {
  good: 'touch version',
  'one that ends at its start': `echo 'throw new Error("broken");' > chat-core/src/main.ts`,
  'one that cannot send': breakSend(),
  'one with a newer data format': raiseFormat(),
  'one with a newer data format that cannot send': `${raiseFormat()} && ${breakSend()}`,
};
type Version = keyof typeof VERSIONS;
const BROKEN: Version[] = [
  'one that ends at its start',
  'one that cannot send',
  'one with a newer data format that cannot send',
];

function breakSend(): string {
  const file = 'chat-core/src/messages/send.ts';
  return `sed -i 's/^  const { store, cipher, uploads } = deps;$/  throw new Error("broken");/' ${file} && grep -q broken ${file}`;
}

function raiseFormat(): string {
  const file = 'chat-core/src/storage/lowdb/maintenance/migrations.ts';
  const step = '8: (disk, folder) => raiseFormat(disk, folder, 9),';
  return [
    `sed -i 's/FORMAT = 8;/FORMAT = 9;/' chat-core/src/storage/lowdb/pages/page-file.ts`,
    `sed -i 's/^  7: raiseFormatTo8,/&\\n  ${step}/' ${file}`,
    `grep -q 'folder, 9' ${file}`,
  ].join(' && ');
}

/** Images of this run alone. */
const imageOf = (version: Version) =>
  `bisik-core:test-${process.pid}-${Object.keys(VERSIONS).indexOf(version)}`;

/** A folder with `bisik` and nothing else, as on a box. */
type Installed = { folder: string; url: string; bisik(...words: string[]): Promise<Outcome> };

async function install(root: string, folder: string, index: number): Promise<Installed> {
  mkdirSync(folder);
  copyFileSync(join(root, 'bisik'), join(folder, 'bisik'));
  const port = await freePort();
  const settings = {
    BISIK_CORE_IMAGE: 'bisik-core',
    BISIK_CIPHER_IMAGE: 'bisik-cipher',
    COMPOSE_PROJECT_NAME: `bisik-update-${process.pid}-${index}`,
    CORE_PORT: port,
    EDGE_PREFIX: `172.30.${(process.pid + index * 100) % 200}`,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(folder, '.env'), lines.join(''), { mode: 0o600 });
  const bisik = (...words: string[]) =>
    tryRun('sh', [join(folder, 'bisik'), '--yes', ...words], { cwd: folder });
  const installed = { folder, url: `http://127.0.0.1:${port}`, bisik };
  const { code, output } = await bisik('install', '--reach', 'here');
  if (code !== 0) throw new Error(`bisik install: ${output}`);
  return installed;
}

/** A person who sends a message four times a second, and repeats each until it is accepted, as the page does. */
function startSending(writer: Person, reader: Person) {
  const accepted: Message[] = [];
  let [isSending, longestMs, last] = [true, 0, performance.now()];
  const attempt = async (body: object): Promise<Answer | undefined> =>
    writer.post('/chat/send', body).catch(() => undefined);
  const done = (async () => {
    for (let n = 1; isSending; n += 1) {
      const body = {
        senderId: writer.id,
        receiverId: reader.id,
        message: `pesan ${n}`,
        clientMessageId: randomUUID(),
      };
      for (let answer = await attempt(body); ; answer = await attempt(body)) {
        if (answer?.status === 200) {
          accepted.push(answer.body as Message);
          break;
        }
        await sleep(250);
      }
      longestMs = Math.max(longestMs, performance.now() - last);
      last = performance.now();
      await sleep(250);
    }
  })();
  return {
    accepted,
    /** Seconds between two accepted messages since the last call, the most. */
    longestGap: () => {
      const seconds = (longestMs / 1000).toFixed(1);
      longestMs = 0;
      return seconds;
    },
    stop: () => {
      isSending = false;
      return done;
    },
  };
}

/** The accepted messages that the reader does not get, or gets otherwise. */
async function lostOf(accepted: Message[], reader: Person, friendId: string): Promise<Message[]> {
  const texts = new Map<string, string>();
  for (let before = ''; ; ) {
    const path = `/chat/history?myId=${reader.id}&friendId=${friendId}&limit=200${before}`;
    const page = (await reader.get(path)).body as Message[];
    for (const { id, content } of page) texts.set(id, content);
    if (page.length < 200) break;
    before = `&before=${page[0]?.seq}`;
  }
  return accepted.filter(({ id, content }) => texts.get(id) !== content);
}

/** @param onStart gets what removes everything that this check starts */
export async function checkUpdate(
  root: string,
  folder: string,
  onStart: (stop: () => Promise<unknown>) => void,
  section: Section,
): Promise<void> {
  const { check, note } = section;
  onStart(() => docker('rmi', '--force', ...Object.keys(VERSIONS).map((one) => imageOf(one as Version))));
  onStart(() => tryRun('docker', ['rmi', 'bisik-core:before-update', 'bisik-cipher:before-update']));
  for (const [version, change] of Object.entries(VERSIONS)) await build(folder, version as Version, change);
  const box = await install(root, join(folder, 'box-to-update'), 0);
  onStart(() => box.bisik('uninstall', '--data'));
  const update = (version: Version) => box.bisik('update', '--images', imageOf(version), 'bisik-cipher');
  const code = /#\/invite\/(\w+)/.exec((await box.bisik('invite', '--uses', '2')).output)?.[1];
  const { writer, reader, sent } = await runJourney(box.url, code);
  const sending = startSending(writer, reader);
  const coreImage = () => /BISIK_CORE_IMAGE=(.*)/.exec(readFileSync(join(box.folder, '.env'), 'utf8'))?.[1];
  const checkNothingLost = async (when: string) => {
    const all = [sent, ...sending.accepted];
    const lost = await lostOf(all, reader, writer.id);
    check(
      `${when} every accepted message can be read`,
      lost.length === 0,
      `${lost.length} of ${all.length} lost`,
    );
  };

  for (const version of BROKEN) {
    const seconds = stopwatch();
    const { code, output } = await update(version);
    const took = `${seconds()}, at most ${sending.longestGap()} s between two messages`;
    const said = /The new version does not work: .*/.exec(output)?.[0] ?? output;
    check(`an update to ${version} is refused`, code === 1 && coreImage() === 'bisik-core', said);
    check('and the box serves as before', (await fetch(`${box.url}/health/ready`)).ok, took);
    await checkNothingLost('after it went back');
  }

  const seconds = stopwatch();
  const good = await update('good');
  const accepted = sending.accepted.length;
  check(
    'an update to one that works is done',
    good.code === 0 && coreImage() === imageOf('good'),
    good.output,
  );
  note(
    `It took ${seconds()}; at most ${sending.longestGap()} s lay between two accepted messages. ${/The box did not.*/.exec(good.output)?.[0]}`,
  );
  await checkNothingLost('after the update');
  const back = await box.bisik('rollback');
  check(
    'a rollback within one data format loses nothing and says so',
    /nothing is lost/.test(back.output),
    back.output,
  );
  check(
    'premise: messages were accepted meanwhile',
    sending.accepted.length > accepted,
    `${accepted} before`,
  );
  await checkNothingLost('after the rollback');

  await checkKilled(box, section);
  await checkNothingLost('after an update that was killed and undone');
  const format = await update('one with a newer data format');
  check(
    'an update to a newer data format keeps a copy of the data',
    /stay beside it/.test(format.output),
    format.output,
  );
  await sending.stop();
  await checkNothingLost('with the newer format');
  const answer = await writer.post('/chat/send', {
    senderId: writer.id,
    receiverId: reader.id,
    message: 'baru',
  });
  const older = await box.bisik('rollback');
  check('a rollback to the older format says what is lost', /will be LOST/.test(older.output), older.output);
  const late = await lostOf([answer.body as Message], reader, writer.id);
  const before = await lostOf([sent], reader, writer.id);
  check(
    'and brings the data of before',
    late.length === 1 && before.length === 0,
    `${late.length}, ${before.length}`,
  );
  await checkSecondBox(root, folder, box, { writer, reader, sent }, onStart, section);
}

/** An update that is killed while the new version is on trial: no one reaches that version, and rollback undoes it. */
async function checkKilled({ folder, url, bisik }: Installed, { check }: Section): Promise<void> {
  const images = [imageOf('good'), 'bisik-cipher'];
  const child = spawn('sh', [join(folder, 'bisik'), '--yes', 'update', '--images', ...images], {
    cwd: folder,
    // A process group of its own, so that the programs that it started are killed with it.
    detached: true,
    stdio: 'ignore',
  });
  const state = async () => readFileSync(join(folder, '.bisik-update'), { encoding: 'utf8', flag: 'a+' });
  const isTried = (text: string) => text.includes('STEP=checking') && text.includes('EDGE=');
  check('premise: the update has begun its trial', isTried(await waitFor(state, isTried)));
  signalProcess(-(child.pid ?? 0), 'SIGKILL');
  const isOpen = await fetch(`${url}/health/live`).then(
    () => true,
    () => false,
  );
  check('a version on trial whose update was killed is not reached', !isOpen);
  const doctor = await bisik('doctor');
  check('doctor says so', doctor.output.includes('An update was interrupted'), doctor.output);
  const back = await bisik('rollback');
  const isReady = (await fetch(`${url}/health/ready`)).ok;
  check('rollback puts the version from before back', back.code === 0 && isReady, back.output);
}

/** A backup of the box, restored on another that has nothing from the first but this file and the recovery key. */
async function checkSecondBox(
  root: string,
  folder: string,
  box: Installed,
  { writer, reader, sent }: { writer: Person; reader: Person; sent: Message },
  onStart: (stop: () => Promise<unknown>) => void,
  { check }: Section,
): Promise<void> {
  const backup = await box.bisik('backup');
  const key = /AGE-SECRET-KEY-1\w+/.exec(backup.output)?.[0] ?? '';
  const [name = ''] = readdirSync(join(box.folder, 'backups'));
  check(
    'a backup is one sealed file, and the first shows a recovery key',
    name.endsWith('.age') && key !== '',
    name,
  );
  const second = await install(root, join(folder, 'second'), 1);
  onStart(() => second.bisik('uninstall', '--data'));
  const identity = join(folder, 'identity');
  writeFileSync(identity, `${key}\n`, { mode: 0o600 });
  const file = join(box.folder, 'backups', name);
  const restored = await second.bisik('restore', file, '--identity-file', identity);
  check('another box restores it with the recovery key alone', restored.code === 0, restored.output);
  const path = `/chat/history?myId=${reader.id}&friendId=${writer.id}&after=0&limit=1`;
  const ended = await fetch(second.url + path, { headers: { Authorization: `Bearer ${reader.token}` } });
  check('a session of the backup is not open there', ended.status === 401, String(ended.status));
  const again = await logIn(second.url, reader.username);
  const [first] = (await again.get(path)).body as Message[];
  check('after a login its first message can be read there', first?.content === sent.content, first?.id);
}

async function build(folder: string, version: Version, change: string): Promise<void> {
  const context = join(folder, 'versions');
  mkdirSync(context, { recursive: true });
  writeFileSync(join(context, 'Dockerfile'), `FROM bisik-core\nUSER root\nRUN ${change}\nUSER node\n`);
  await docker('build', '--quiet', '--tag', imageOf(version), context);
}
