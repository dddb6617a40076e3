import { CORE_OPTIONS } from '../../chat-core/src/node-options.ts';
import { type Box, mainPid } from './box.ts';
import { history, type Journey } from './journey.ts';
import type { Transcript } from './transcript.ts';

/** A machine that is busy takes its time: no figure of speed is a claim here. */
const TIMEOUT_MS = 120_000;

/** The running core's heap, a cipher that goes away and comes back, restarts, and the end. */
export async function checkLife(box: Box, journey: Journey, { check }: Transcript): Promise<void> {
  await checkHeap(box, check);
  await checkOutage(box, journey, check);

  const keeps = async (what: string) => {
    const [kept] = await history(journey.reader, journey.writer);
    check(
      `${what}: the message is read again, with the same token`,
      kept?.content === journey.canary,
      kept?.id,
    );
  };
  await box.compose('restart');
  await box.compose('up', '--detach', '--wait', '--no-build');
  await keeps('after a restart');
  await box.compose('down');
  await box.compose('up', '--detach', '--wait', '--no-build');
  await keeps('after the containers were removed and made again');
  const setup = await box.logs('setup');
  check('the second set-up made nothing', setup === 'All keys are there.', setup);

  const began = performance.now();
  await box.compose('stop');
  const took = performance.now() - began;
  // One that does not stop in its grace is killed, which is exit code 137.
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
  const before = (await history(reader, writer)).length;
  const attempt = () =>
    writer.post('/chat/send', { senderId: writer.id, receiverId: reader.id, message: 'halo?' });
  await box.compose('stop', 'cipher-service');
  const began = performance.now();
  const { status } = await attempt();
  const took = Math.round(performance.now() - began);
  check(
    'without the cipher a send is refused, and does not hang',
    status === 503 && took < TIMEOUT_MS,
    `${status} after ${took} ms`,
  );

  await box.compose('start', 'cipher-service');
  const back = performance.now();
  let answer = await attempt();
  while (answer.status === 503 && performance.now() - back < TIMEOUT_MS) {
    await new Promise((next) => setTimeout(next, 250));
    answer = await attempt();
  }
  const recovered = Math.round(performance.now() - back);
  check(
    'with the cipher back a send is stored',
    answer.status === 200,
    `${answer.status} after ${recovered} ms`,
  );
  const after = (await history(reader, writer)).length;
  check(
    'nothing of the refused ones was kept',
    after === before + 1,
    `${before} messages before, ${after} after`,
  );
}
