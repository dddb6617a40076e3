import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Sender } from '../ask.ts';
import { startCeiling } from '../ceilings/start.ts';
import { makeLoopDisk } from '../device.ts';
import { openDriver } from '../drive/driver.ts';
import { sendText } from '../drive/request.ts';
import { TEXT } from '../fill.ts';
import type { BenchOptions } from '../options.ts';
import { cpuSeconds, LOAD_CORE, rssMiB } from '../processes.ts';
import { addFigure, median, number, pause } from '../report.ts';
import { addRatio, interleave } from '../rounds.ts';
import { createTestbed, type Testbed } from '../testbed.ts';
import { cancel, download, putParts, sendFile, upload } from './transfer.ts';

const MB = 2 ** 20;
const FILE_MB = 25;
const GROWTH_GOAL = 20;
const SENDS_PER_SECOND = 50;
const UPLOADS = 3;
const P99_GOAL_MS = 100;
const WARM_UP_MS = 1000;
const SAMPLE_MS = 20;

/** The figures of docs/benchmarks.md on files. Parts: memory, sends, copying, device. */
export async function benchFiles({ quick, folder, only }: BenchOptions): Promise<void> {
  const wants = (part: string) => only === undefined || only === part;
  const testbed = await createTestbed(folder, { users: 100, conversations: 50, messages: 1000 });
  const bytes = randomBytes((quick ? 2 : FILE_MB) * MB);
  try {
    if (wants('memory')) await benchMemory(testbed, bytes);
    if (wants('sends')) await benchSends(testbed, bytes.length, quick);
    if (wants('copying')) await benchCopying(testbed, bytes, quick ? 1 : 5);
  } finally {
    await testbed.remove();
  }
  if (wants('device')) await benchDeviceBytes(bytes);
}

const senderOf = ({ people }: Testbed, n: number) => people[n] as Sender;
const urlOf = (port: number) => `http://127.0.0.1:${port}`;

/** Growth of both processes while one file goes up and down, after the same with a small file. */
async function benchMemory(testbed: Testbed, bytes: Buffer): Promise<void> {
  const core = await testbed.startCore();
  const sender = senderOf(testbed, 0);
  const pids = [core.pid, testbed.cipher().pid];
  const roundTrip = async (content: Buffer) => {
    const id = await upload(core.port, sender, content);
    const { path } = await sendFile(core.port, sender, id, content.length);
    await download(urlOf(core.port) + path, sender.token, content.length);
  };
  try {
    const idle = pids.map(rssMiB);
    await roundTrip(bytes.subarray(0, MB));
    await pause(2000);
    const warm = pids.map(rssMiB);
    const most = [...warm];
    const sampling = setInterval(() => {
      for (const [n, pid] of pids.entries()) most[n] = Math.max(most[n] ?? 0, rssMiB(pid));
    }, SAMPLE_MS);
    await roundTrip(bytes);
    clearInterval(sampling);
    for (const [n, name] of ['core', 'cipher-service'].entries()) {
      const [from, first, top] = [warm[n] ?? 0, idle[n] ?? 0, most[n] ?? 0];
      addFigure(
        `growth of the RSS (heap included) of ${name} while ${number(bytes.length / MB)} MB go up and down`,
        `${number(top - from, 1)} MiB after a file of 1 MB, ${number(top - first, 1)} from idle (${number(first)}, ${number(from)}, ${number(top)})`,
        `≤ ${GROWTH_GOAL} MB`,
        top - from <= GROWTH_GOAL,
      );
    }
  } finally {
    await core.stop();
  }
}

/**
 * Latency of sends of text while three people upload one file after the other, and without them. The uploads have a driver
 * of their own, or the clock of the sends would stop for their work.
 */
async function benchSends(testbed: Testbed, size: number, quick: boolean): Promise<void> {
  const core = await testbed.startCore();
  const [driver, second] = [await openDriver(), await openDriver()];
  second.yieldCore();
  const { port } = core;
  const ms = quick ? 3000 : 20_000;
  const requests = testbed.people.slice(10).map((person) => sendText(person, TEXT));
  const streams = [{ name: 'sends', requests, perSecond: SENDS_PER_SECOND }];
  const offer = async (during: number) => {
    const { sends } = await driver.run({ kind: 'offer', port, streams, sockets: 64, ms: during });
    if (!sends) throw new Error('nothing was sent');
    return sends;
  };
  const senders = Array.from({ length: UPLOADS }, (_, n) => senderOf(testbed, 2 * n));
  try {
    await offer(WARM_UP_MS);
    const alone = await offer(ms);
    const uploads = second.run({ kind: 'upload', port, senders, size, ms: WARM_UP_MS + ms });
    await offer(WARM_UP_MS);
    const during = await offer(ms);
    const uploaded = await uploads;
    const { 200: acknowledged = 0, ...refused } = during.codes;
    addFigure(
      `sends of text at ${SENDS_PER_SECOND} a second during ${UPLOADS} uploads, p99`,
      `${number(during.p99, 1)} ms (p50 ${number(during.p50, 1)} ms; without uploads ${number(alone.p99, 1)} and ${number(alone.p50, 1)}; ${acknowledged} sends, refused: ${JSON.stringify(refused)}; about ${number((uploaded.bytes * 1000) / MB / uploaded.ms)} MB/s uploaded)`,
      `≤ ${P99_GOAL_MS} ms`,
      during.p99 <= P99_GOAL_MS && Object.keys(refused).length === 0,
    );
  } finally {
    await Promise.all([driver.stop(), second.stop()]);
    await core.stop();
  }
}

/** One file up, and down, through core and cipher-service; and plainly through one extra HTTP hop. */
async function benchCopying(testbed: Testbed, bytes: Buffer, rounds: number): Promise<void> {
  const core = await testbed.startCore();
  const echo = await startCeiling('echo-bytes', {}, LOAD_CORE);
  const env = { ECHO_PORT: String(echo.port), FILE: join(testbed.folder, 'plain') };
  const plain = await startCeiling('plain-files', env);
  const sender = senderOf(testbed, 0);
  const mebibytes = bytes.length / MB;
  const measure = async (pids: number[], work: () => Promise<unknown>): Promise<Copied> => {
    const cpu = () => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
    const [started, before] = [performance.now(), cpu()];
    await work();
    const seconds = (performance.now() - started) / 1000;
    return { perSecond: mebibytes / seconds, cpuMs: ((cpu() - before) * 1000) / mebibytes };
  };
  const sealedBy = [core.pid, testbed.cipher().pid];
  const copiedBy = [plain.pid, echo.pid];
  try {
    const id = await upload(core.port, sender, bytes);
    const { path } = await sendFile(core.port, sender, id, bytes.length);
    const up = async () => cancel(core.port, sender, await upload(core.port, sender, bytes));
    const down = (url: string) => download(url, sender.token, bytes.length);
    await putParts(urlOf(plain.port), '', bytes);
    const all = await interleave(rounds, {
      sealedUp: () => measure(sealedBy, up),
      plainUp: () => measure(copiedBy, () => putParts(urlOf(plain.port), '', bytes)),
      sealedDown: () => measure(sealedBy, () => down(urlOf(core.port) + path)),
      plainDown: () => measure(copiedBy, () => down(urlOf(plain.port))),
    });
    addCopying(`${number(mebibytes)} MB up, sealed`, all.sealedUp, all.plainUp);
    addCopying(`${number(mebibytes)} MB down, opened`, all.sealedDown, all.plainDown);
  } finally {
    await plain.stop();
    await echo.stop();
    await core.stop();
  }
}

/** MiB a second, and milliseconds of processor time of both processes for each MiB. */
type Copied = { perSecond: number; cpuMs: number };

function addCopying(what: string, ours: Copied[], theirs: Copied[]): void {
  const rates = (rows: Copied[]) => rows.map(({ perSecond }) => perSecond);
  const hop = 'plain copying through one extra HTTP hop';
  addRatio(
    `${what} ÷ ${hop}`,
    { ours: rates(ours), theirs: rates(theirs), unit: ' MB/s', digits: 1 },
    '≥ 0.5',
  );
  const [own, plain] = [ours, theirs].map((rows) => median(rows.map(({ cpuMs }) => cpuMs)));
  console.log(
    `    processor time of both processes: ${number(own ?? 0, 1)} ms a MB, plain ${number(plain ?? 0, 1)} ms`,
  );
}

/** Bytes that reach the device for one file in a message, the file system's own included. */
async function benchDeviceBytes(bytes: Buffer): Promise<void> {
  const disk = makeLoopDisk(1024);
  try {
    const testbed = await createTestbed(disk.folder, { users: 10, conversations: 5, messages: 100 });
    try {
      const core = await testbed.startCore();
      const sender = senderOf(testbed, 0);
      await pause(5000);
      disk.flush();
      const before = disk.written();
      await sendFile(core.port, sender, await upload(core.port, sender, bytes), bytes.length);
      disk.flush();
      const ratio = (disk.written() - before) / bytes.length;
      addFigure(
        `device bytes for a file of ${number(bytes.length / MB)} MB in a message ÷ its size`,
        number(ratio, 3),
        '≤ 1.1',
        ratio <= 1.1,
      );
    } finally {
      await testbed.remove();
    }
  } finally {
    disk.remove();
  }
}
