import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Box, mainPid } from './box.ts';
import { history, type Journey } from './journey.ts';
import type { Transcript } from './transcript.ts';

const PARTS = ['chat-core', 'cipher-service'] as const;
/** Found after at most 5 s of interval and 45 s of silence; the rest is a busy machine's. */
const TIMEOUT_MS = 300_000;

/** `node -e STALL` gives the process whose inspector listens in this container a loop without an end. */
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
  t.say('The health checks come every 5 s here instead of every minute; all else is as in the compose file.');
  for (const how of ['stopped (SIGSTOP)', 'stalled in its event loop'] as const) {
    const before = await Promise.all(PARTS.map((part) => startOf(box, part)));
    const began = performance.now();
    for (const part of PARTS)
      await (how === 'stalled in its event loop' ? stall(box, part) : freeze(box, part));
    if (how === 'stopped (SIGSTOP)') await checkCommand(box, t);
    const again = await Promise.all(PARTS.map((part, index) => restarted(box, part, before[index] ?? '')));
    const took = `after ${((performance.now() - began) / 1000).toFixed(0)} s`;
    t.check(
      `both services, ${how}, are ended and started again`,
      again.every(Boolean),
      again.every(Boolean) ? took : `${PARTS.filter((_, index) => !again[index])} still hangs ${took}`,
    );
    await up();
    const [read] = await history(journey.reader, journey.writer);
    t.check('and the message is read again', read?.content === journey.canary, read?.id);
  }
  await box.compose('up', '--detach', '--wait', '--no-build');
}

/** What a person sees who runs a command meanwhile. */
async function checkCommand(box: Box, t: Transcript): Promise<void> {
  const said = await box.inside('chat-core', 'node', 'chat-core/src/commands/invite.ts');
  t.check(
    'a command that asks the stopped core ends with a sentence',
    said.includes('does not answer'),
    said,
  );
}

async function freeze(box: Box, part: (typeof PARTS)[number]): Promise<void> {
  await box.inside(part, 'kill', '-STOP', await mainPid(box, part));
}

async function stall(box: Box, part: (typeof PARTS)[number]): Promise<void> {
  await box.inside(part, 'kill', '-USR1', await mainPid(box, part));
  await box.inside(part, 'node', '-e', STALL);
}

/** The moment the container last started, as the engine says it. */
async function startOf(box: Box, part: (typeof PARTS)[number]): Promise<string> {
  return (await box.inspect(part)).State.StartedAt;
}

async function restarted(box: Box, part: (typeof PARTS)[number], before: string): Promise<boolean> {
  const deadline = performance.now() + TIMEOUT_MS;
  while (performance.now() < deadline) {
    const { State } = await box.inspect(part);
    if (State.Status === 'running' && State.StartedAt !== before) return true;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return false;
}
