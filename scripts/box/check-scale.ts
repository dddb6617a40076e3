/** Two people chat through the balancer while one part after the other is killed, and the operator's commands mend it. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from '../../chat-core/src/wire/wire.ts';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { type Section, waitFor } from './harness.ts';
import type { ScaleBox } from './scale-box.ts';

/** After so long without an acknowledged message something is wrong. */
const TIMEOUT_MS = 60_000;
/** As the page: a message whose answer was lost or refused is sent again. */
const REPEAT_MS = 200;
const PAUSE_MS = 250;

/** What people sent, and how it went. */
type Traffic = {
  acknowledged: string[];
  /** Answers that were no success, by status and code. */
  refused: Map<string, number>;
  /** The longest time between two acknowledged messages, in milliseconds. */
  longestGap: number;
  stop(): Promise<void>;
};

/** @throws Error when the box does not serve people at all */
export async function checkScale(box: ScaleBox, { note, check }: Section): Promise<void> {
  note(box.about);
  await box.up();
  const printed = await box.inside('core-1', 'node', 'chat-core/src/commands/invite.ts', '--uses', '2');
  const [, code = ''] = /#\/invite\/(\w+)/.exec(printed) ?? [];
  const ani = await signUp(box.url, 'ani', code);
  const budi = await signUp(box.url, 'budi', code);
  await ani.post('/friends/add', { myId: ani.id, friendUsername: budi.username });
  const status = await box.inside('postgres-1', 'database', 'status');
  check('one server writes and waits for its synchronous standby', /streaming, sync/.test(status), status);
  await checkNetworks(box, check);
  await checkBalancing(box, ani, check);

  const traffic = chat([ani, budi]);
  const during = async (name: string, act: () => Promise<string>, isRight: (output: string) => boolean) => {
    traffic.refused.clear();
    traffic.longestGap = 0;
    const before = traffic.acknowledged.length;
    const output = await act();
    const goesOn = () => Promise.resolve(traffic.acknowledged.length);
    const now = await goesOn();
    const later = await waitFor(goesOn, (count) => count >= now + 20, TIMEOUT_MS);
    const refused = [...traffic.refused].map(([what, times]) => `${times} × ${what}`).join(', ') || 'none';
    check(
      `${name}: people go on`,
      isRight(output) && later >= now + 20,
      `${later - before} acknowledged, refused: ${refused}, longest pause ${(traffic.longestGap / 1000).toFixed(1)} s; ${output}`,
    );
  };
  const any = () => true;
  const start = (service: string) =>
    box.compose('up', '--detach', '--no-build', '--no-deps', '--wait', service);
  await during('a core is killed', () => box.compose('kill', 'core-1'), any);
  await during('it starts again', () => start('core-1'), any);
  await during('the other one is restarted', () => box.compose('restart', 'core-2'), any);
  check('no request failed while one core was restarted', traffic.refused.size === 0);
  await during('a cipher is killed', () => box.compose('kill', 'cipher-1'), any);
  await during('it starts again', () => start('cipher-1'), any);
  const promote = () => box.inside('postgres-2', 'database', 'promote');
  await during(
    'the server that writes is killed, and the standby promoted',
    async () => `${await box.compose('kill', 'postgres-1')} ${await promote()}`,
    (output) => output.includes('postgres-2 writes now'),
  );
  await during(
    'the old one comes back, and is refused',
    async () => {
      await box.compose('start', 'postgres-1');
      return waitFor(() => box.compose('logs', '--tail', '1', 'postgres-1'), isRefused);
    },
    isRefused,
  );
  await during(
    'it becomes the standby',
    async () => {
      await box.compose('stop', 'postgres-1');
      const output = await box.compose('run', '--rm', 'postgres-1', 'rejoin');
      await box.compose('up', '--detach', '--no-build', '--no-deps', 'postgres-1');
      return output.split('\n').at(-1) ?? '';
    },
    (output) => output.includes('has the data of postgres-2'),
  );
  const together = () =>
    waitFor(
      () => box.inside('postgres-2', 'database', 'together'),
      (output) => output.includes('both'),
    );
  await during('each message is on two disks again', together, (output) => output.includes('both'));
  await during(
    'the standby is stopped, and the other one goes on alone',
    async () => {
      await box.compose('stop', 'postgres-1');
      const before = traffic.acknowledged.length;
      await sleep(2000);
      const hasWaited = traffic.acknowledged.length <= before + 2;
      return `${hasWaited ? 'nothing was acknowledged meanwhile;' : 'it did not wait;'} ${await box.inside('postgres-2', 'database', 'alone')}`;
    },
    (output) => output.startsWith('nothing was acknowledged'),
  );
  await traffic.stop();
  const stored = await readAll(ani, budi);
  const ids = new Set(stored.map(({ id }) => id));
  const lost = traffic.acknowledged.filter((id) => !ids.has(id)).length;
  const hasHoles = stored.some(({ seq }, index) => seq !== index + 1);
  check(
    'no acknowledged message is lost or doubled, and no number is left out',
    lost === 0 && ids.size === stored.length && !hasHoles,
    `${traffic.acknowledged.length} acknowledged, ${stored.length} stored, ${lost} lost`,
  );
}

const isRefused = (output: string) => output.includes('its data are of the past');

async function checkNetworks(box: ScaleBox, check: Section['check']): Promise<void> {
  const connect = (host: string, port: number) =>
    `const s=require('net').connect(${port},'${host}');s.setTimeout(3000,()=>{console.log('silent');process.exit()});s.on('connect',()=>{console.log('open');process.exit()});s.on('error',(e)=>console.log(e.code))`;
  const reach = (service: string, host: string, port: number) =>
    box.inside(service, 'node', '-e', connect(host, port));
  const own = await reach('core-1', 'cipher-service', 8443);
  const other = await reach('core-1', 'cipher-2', 8443);
  check(
    'a core reaches its own cipher, and not the other one',
    own === 'open' && other !== 'open',
    `${own}, ${other}`,
  );
  const database = await reach('cipher-1', 'postgres-1', 5432);
  check('a cipher does not reach the database', database !== 'open', database);
}

/** Answers of each core so far, by the balancer. */
async function answersOf(box: ScaleBox): Promise<number[]> {
  const metrics = await box.inside('balancer', 'wget', '-q', '-O', '-', 'http://127.0.0.1:8404/metrics');
  return ['core-1', 'core-2'].map((server) => {
    const line = new RegExp(
      `^haproxy_server_http_responses_total\\{proxy="cores",server="${server}",code="2xx"\\} (\\d+)`,
      'm',
    );
    return Number(line.exec(metrics)?.[1] ?? Number.NaN);
  });
}

async function checkBalancing(box: ScaleBox, person: Person, check: Section['check']): Promise<void> {
  const before = await answersOf(box);
  for (let request = 1; request <= 20; request++) await person.poll();
  const after = await answersOf(box);
  const counts = after.map((count, index) => count - (before[index] ?? 0));
  const isOne = counts.includes(0) && counts.includes(20);
  check('the requests of a person go to one core', isOne, counts.join(' and '));
}

/** Each of both writes to the other, one message after the other. */
function chat([one, other]: [Person, Person]): Traffic {
  const traffic: Traffic = {
    acknowledged: [],
    refused: new Map(),
    longestGap: 0,
    stop: async () => {
      isOver = true;
      await Promise.all(writers);
    },
  };
  let isOver = false;
  let lastAt = performance.now();
  const attempt = async (from: Person, input: object): Promise<boolean> => {
    const { status, body } = await from
      .post('/chat/send', input)
      .catch((error: Error) => ({ status: 0, body: { code: String(error.cause ?? error) } }));
    if (status === 200) {
      traffic.acknowledged.push((body as Message).id);
      traffic.longestGap = Math.max(traffic.longestGap, performance.now() - lastAt);
      lastAt = performance.now();
      return true;
    }
    const what = `${status} ${(body as { code?: string }).code}`;
    traffic.refused.set(what, (traffic.refused.get(what) ?? 0) + 1);
    return false;
  };
  const write = async (from: Person, to: Person) => {
    for (let number = 1; !isOver; number++) {
      const message = `pesan ${number} dari ${from.username}`;
      const input = { senderId: from.id, receiverId: to.id, message, clientMessageId: randomUUID() };
      while (!(await attempt(from, input))) await sleep(REPEAT_MS);
      await sleep(PAUSE_MS);
    }
  };
  const writers = [write(one, other), write(other, one)];
  return traffic;
}

/** All messages between two people, in their order. */
async function readAll(of: Person, friend: Person): Promise<Message[]> {
  const all: Message[] = [];
  for (;;) {
    const before = all[0] ? `&before=${all[0].seq}` : '';
    const path = `/chat/history?myId=${of.id}&friendId=${friend.id}${before}`;
    const { status, body } = await waitFor(
      () => of.get(path),
      (answer) => answer.status < 500,
    );
    if (status !== 200) throw new Error(`history: ${status} ${JSON.stringify(body)}`);
    const page = body as Message[];
    if (page.length === 0) return all;
    all.unshift(...page);
  }
}
