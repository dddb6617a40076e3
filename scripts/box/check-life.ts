import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CORE_OPTIONS } from '../../chat-core/src/node-options.ts';
import { type Box, mainPid } from './box.ts';
import { type Journey, readHistory } from './journey.ts';
import type { Transcript } from './transcript.ts';

/** Generous, because no claim here is about speed. */
const ANSWER_TIMEOUT_MS = 120_000;

/** The core's heap limit, an outage of the cipher, restarts, and an orderly stop. */
export async function checkLife(box: Box, journey: Journey, { check }: Transcript): Promise<void> {
  await checkHeap(box, check);
  await checkOutage(box, journey, check);

  const checkMessage = async (when: string) => {
    const [read] = await readHistory(journey.reader, journey.writer);
    check(
      `${when}: the message is read again, with the same token`,
      read?.content === journey.canary,
      read?.id,
    );
  };
  await box.compose('restart');
  await box.compose('up', '--detach', '--wait', '--no-build');
  await checkMessage('after a restart');
  await box.compose('down');
  await box.compose('up', '--detach', '--wait', '--no-build');
  await checkMessage('after the containers were removed and made again');
  const setup = await box.logs('setup');
  check('the second set-up made nothing', setup === 'All keys are there.', setup);

  const began = performance.now();
  await box.compose('stop');
  const took = performance.now() - began;
  // A container that does not stop in its grace period is killed, with exit code 137.
  for (const part of ['chat-core', 'cipher-service'] as const) {
    const { State } = await box.inspect(part);
    const end = `exit code ${State.ExitCode}, ${(took / 1000).toFixed(1)} s for both`;
    check(`${part} stops when asked`, State.ExitCode === 0 && !State.OOMKilled, end);
  }
}

/**
 * V8 counts the young generation on top of the 512 MiB of old space, and makes it smaller where memory is short: 704 MiB
 * in all on a machine with plenty, 560 MiB in a container of 768 MiB.
 */
async function checkHeap(box: Box, check: Transcript['check']): Promise<void> {
  const read = 'Math.round(v8.getHeapStatistics().heap_size_limit / 2 ** 20)';
  const unbound = Number(await box.inside('chat-core', 'node', '-p', read));
  const limit = Number(/"heapLimitMiB":(\d+)/.exec(await box.logs('chat-core'))?.[1]);
  check('premise: without the flag Node would take another limit here', unbound !== limit, `${unbound} MiB`);
  check(
    'the running core’s heap ends above its 512 MiB of old space and below its memory',
    limit >= 512 && limit < 768,
    `heapLimitMiB ${limit}`,
  );
  const command = (await box.inside('chat-core', 'cat', `/proc/${await mainPid(box, 'chat-core')}/cmdline`))
    .replaceAll('\0', ' ')
    .trim();
  check('its command says why', command.includes(CORE_OPTIONS.join(' ')), command);
}

async function checkOutage(box: Box, journey: Journey, check: Transcript['check']): Promise<void> {
  const { writer, reader } = journey;
  const before = (await readHistory(reader, writer)).length;
  const attempt = () =>
    writer.post('/chat/send', { senderId: writer.id, receiverId: reader.id, message: 'halo?' });
  await box.compose('stop', 'cipher-service');
  const began = performance.now();
  const { status } = await attempt();
  const took = Math.round(performance.now() - began);
  check(
    'without the cipher a send is refused, and does not hang',
    status === 503 && took < ANSWER_TIMEOUT_MS,
    `${status} after ${took} ms`,
  );

  await box.compose('start', 'cipher-service');
  const back = performance.now();
  let answer = await attempt();
  while (answer.status === 503 && performance.now() - back < ANSWER_TIMEOUT_MS) {
    await new Promise((next) => setTimeout(next, 250));
    answer = await attempt();
  }
  const recovered = Math.round(performance.now() - back);
  check(
    'with the cipher back a send is stored',
    answer.status === 200,
    `${answer.status} after ${recovered} ms`,
  );
  const after = (await readHistory(reader, writer)).length;
  check(
    'nothing of the refused ones was kept',
    after === before + 1,
    `${before} messages before, ${after} after`,
  );
}

const PARTS = ['chat-core', 'cipher-service'] as const;
/** A hang is found after at most 5 s of interval and 45 s of silence; the rest is for a busy machine. */
const RESTART_TIMEOUT_MS = 300_000;

/** `node -e STALL` starts an endless loop in the process whose inspector listens in this container. */
const STALL = `fetch('http://127.0.0.1:9229/json/list').then((list) => list.json()).then(([target]) => {
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  const params = { expression: 'for (;;);' };
  socket.onopen = () => socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params }));
  setTimeout(() => process.exit(), 2000);
});`;

/** A service that is stopped, and one whose event loop stalls: each is ended and started again, and serves. */
export async function checkHang(box: Box, folder: string, journey: Journey, t: Transcript): Promise<void> {
  const often = join(folder, 'often.yml');
  const healthcheck = 'healthcheck: { interval: 5s }';
  writeFileSync(often, `services:\n${PARTS.map((part) => `  ${part}: { ${healthcheck} }\n`).join('')}`);
  const files = ['-f', 'docker-compose.yml', '-f', often];
  const up = () => box.compose(...files, 'up', '--detach', '--wait', '--no-build');
  await up();
  t.note(
    'The health checks come every 5 s here instead of every minute; all else is as in the compose file.',
  );
  for (const how of ['stopped (SIGSTOP)', 'stalled in its event loop'] as const) {
    const before = await Promise.all(PARTS.map((part) => startOf(box, part)));
    const began = performance.now();
    for (const part of PARTS)
      await (how === 'stalled in its event loop' ? stall(box, part) : freeze(box, part));
    if (how === 'stopped (SIGSTOP)') await checkCommand(box, t);
    const again = await Promise.all(PARTS.map((part, index) => wasRestarted(box, part, before[index] ?? '')));
    const took = `after ${((performance.now() - began) / 1000).toFixed(0)} s`;
    t.check(
      `both services, ${how}, are ended and started again`,
      again.every(Boolean),
      again.every(Boolean) ? took : `${PARTS.filter((_, index) => !again[index])} still hangs ${took}`,
    );
    await up();
    const [read] = await readHistory(journey.reader, journey.writer);
    t.check('and the message is read again', read?.content === journey.canary, read?.id);
  }
  await box.compose('up', '--detach', '--wait', '--no-build');
}

/** A command of the operator does not hang with the core. */
async function checkCommand(box: Box, t: Transcript): Promise<void> {
  const output = await box.inside('chat-core', 'node', 'chat-core/src/commands/invite.ts');
  t.check(
    'a command that asks the stopped core ends with a sentence',
    output.includes('does not answer'),
    output,
  );
}

async function freeze(box: Box, part: (typeof PARTS)[number]): Promise<void> {
  await box.inside(part, 'kill', '-STOP', await mainPid(box, part));
}

async function stall(box: Box, part: (typeof PARTS)[number]): Promise<void> {
  await box.inside(part, 'kill', '-USR1', await mainPid(box, part));
  await box.inside(part, 'node', '-e', STALL);
}

/** When the container last started. */
async function startOf(box: Box, part: (typeof PARTS)[number]): Promise<string> {
  return (await box.inspect(part)).State.StartedAt;
}

async function wasRestarted(box: Box, part: (typeof PARTS)[number], before: string): Promise<boolean> {
  const deadline = performance.now() + RESTART_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const { State } = await box.inspect(part);
    if (State.Status === 'running' && State.StartedAt !== before) return true;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return false;
}
