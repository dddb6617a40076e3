import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createRecoveryKey } from '../../src/commands/backup/recovery-key.ts';
import { type Ended, runCommandFile } from '../command-file.ts';
import { describeMachine, number, pause } from '../report.ts';
import { createTestbed, type Testbed } from '../testbed.ts';
import { type Household, live } from './member.ts';
import { MIN_SAMPLES } from './slope.ts';
import {
  bytesWritten,
  describeSlope,
  judge,
  openVitals,
  sampleInside,
  sampleOutside,
  type Verdict,
  type Watched,
} from './vitals.ts';

export type FamilySoak = {
  minutes: number;
  /** The mean pause between two actions of a person, and while the box warms up. */
  pauseMs: number;
  warmUpPauseMs: number;
  /** The share of the time that counts as warm-up. */
  warmUp: number;
  /** How often memory and files are read from outside, and how often the heap is collected and measured. */
  sampleMs: number;
  collectMs: number;
  /** A nightly backup, half-way. */
  hasBackup: boolean;
  /** How long the history is at the start. */
  messages: number;
  /** What has to be counted before the soak may end. */
  isEnough?: (counts: ReadonlyMap<string, number>) => boolean;
  /** Further modules that chat-core loads at its start. */
  preloads?: string[];
  print?: (line: string) => void;
};

export type SoakResult = {
  verdicts: Record<string, Verdict>;
  /** Actions by name; those whose answer was an error name its status and code. */
  counts: Map<string, number>;
  faults: string[];
};

const PEOPLE = 20;
/** A family of twenty with a history: each has four friends, and there are three groups. */
const FILLING = { users: PEOPLE, conversations: 2 * PEOPLE, groups: { count: 3, size: 6 } };
/** A person of a family and all their devices send fewer requests than the limits of a box allow. */
const LIMITS = { RATE_LIMITS: 'on', LOG_LEVEL: 'warn' };

/** Runs a real pair under the load of a family, and judges the memory and the open files of both services. */
export async function soakFamily(soak: FamilySoak): Promise<SoakResult> {
  const print = soak.print ?? (() => {});
  const preloads = [new URL('soak-probe.ts', import.meta.url).href, ...(soak.preloads ?? [])];
  const execArgv = preloads.map((one) => `--import=${one}`);
  const testbed = await createTestbed(
    undefined,
    { ...FILLING, messages: soak.messages },
    { cipherArgv: [execArgv[0] ?? ''] },
  );
  try {
    const isPaced = soak.pauseMs >= 500 && soak.warmUpPauseMs >= 500;
    const core = await testbed.startCore({ env: isPaced ? LIMITS : {}, execArgv });
    const watched: Watched[] = [
      { name: 'chat-core', ...core },
      { name: 'cipher-service', ...testbed.cipher() },
    ];
    const result = await observe(soak, testbed, core.port, watched, print);
    const errors = core
      .log()
      .split('\n')
      .filter((line) => /"level":[56]0/.test(line));
    for (const line of errors.slice(0, 5)) print(`chat-core logged: ${line}`);
    return result;
  } finally {
    await testbed.remove();
  }
}

async function observe(
  soak: FamilySoak,
  testbed: Testbed,
  port: number,
  watched: Watched[],
  print: (line: string) => void,
): Promise<SoakResult> {
  const origin = describeMachine();
  const started = performance.now();
  const hours = () => (performance.now() - started) / 3_600_000;
  const total = soak.minutes / 60;
  const counts = new Map<string, number>();
  const all = watched.map(({ name }) => openVitals(name));
  const warmUp = total * soak.warmUp;
  /** A busy machine takes longer for as many samples. */
  const hasSlopes = () =>
    all.every(({ heap }) => heap.filter(({ hours }) => hours >= warmUp).length >= MIN_SAMPLES);
  const household: Household = {
    url: `http://127.0.0.1:${port}`,
    pauseMs: () => (hours() < warmUp ? soak.warmUpPauseMs : soak.pauseMs),
    secondsLeft: () => Math.max(1, (total - hours()) * 3600),
    isOver: () => hours() >= total && hasSlopes() && (soak.isEnough?.(counts) ?? true),
    count: (what) => counts.set(what, (counts.get(what) ?? 0) + 1),
  };
  const eachWatched = (work: (one: Watched, n: number) => unknown) => Promise.all(watched.map(work));
  const written = watched.map(({ pid }) => bytesWritten(pid));
  const lives = Promise.allSettled(testbed.people.map((one, n) => live(`u${n}`, one, household)));
  let backup: Promise<Ended> | undefined;
  let collectedMs = 0;
  while (!household.isOver()) {
    await pause(soak.sampleMs);
    await eachWatched((one, n) => sampleOutside(one, all[n] ?? openVitals(''), hours()));
    if (soak.hasBackup && !backup && hours() > total / 2) {
      backup = backUp(testbed);
      backup.catch(() => {});
      print('A backup begins.');
    }
    if (performance.now() - collectedMs < soak.collectMs) continue;
    collectedMs = performance.now();
    await eachWatched((one, n) => sampleInside(one, all[n] ?? openVitals(''), hours()));
    print(`${number(hours() * 60, 1)} min: ${all.map(describeNow).join('; ')}`);
  }
  const ended = await lives;
  const line = (await backup)?.output.trim().split('\n').at(-1);
  if (line) print(line);

  const verdicts = Object.fromEntries(all.map((one) => [one.name, judge(one, warmUp)]));
  const device = watched.map(({ pid }, n) => bytesWritten(pid) - (written[n] ?? 0));
  print(
    `\n${PEOPLE} people, ${soak.minutes} minutes, of which ${number(soak.minutes * soak.warmUp, 1)} of warm-up, on ${origin}`,
  );
  printResult(print, verdicts, counts, device);
  const failed = ended.flatMap((life) =>
    life.status === 'rejected' ? [`A life failed: ${life.reason}`] : [],
  );
  const faults = [...Object.values(verdicts).flatMap((one) => one.faults), ...failed];
  return { verdicts, counts, faults };
}

function describeNow({ name, rss, heap, files, handles }: ReturnType<typeof openVitals>): string {
  const [memory, used] = [rss.at(-1)?.value ?? 0, heap.at(-1)?.value ?? 0];
  return `${name} ${number(memory, 1)} MiB, heap ${number(used, 2)}, ${files.at(-1)?.value} files, ${handles.at(-1)?.value} handles`;
}

async function backUp(testbed: Testbed): Promise<Ended> {
  const usb = join(testbed.folder, 'usb');
  await mkdir(usb);
  await createRecoveryKey(join(testbed.folder, 'keys'));
  return runCommandFile('backups', ['--now'], {
    DATA_DIR: join(testbed.folder, 'data'),
    KEYS_DIR: join(testbed.folder, 'keys'),
    CIPHER_PORT: String(testbed.cipher().port),
    BACKUP_TARGET: usb,
    BACKUP_SCRATCH_DIR: join(testbed.folder, 'scratch'),
  });
}

function printResult(
  print: (line: string) => void,
  verdicts: Record<string, Verdict>,
  counts: Map<string, number>,
  device: number[],
): void {
  print(
    '\n| service | RSS | heap after a collection | open files, first and last | sockets | written, in whole folios of the page cache |',
  );
  print('|---|---|---|---|---|---|');
  for (const [n, [name, { rss, heap, files, sockets }]] of Object.entries(verdicts).entries()) {
    const mebibytes = `${number((device[n] ?? 0) / 2 ** 20, 1)} MiB`;
    print(
      `| ${name} | ${describeSlope(rss)} | ${describeSlope(heap)} | ${files.join(', ')} | ${sockets.join(', ')} | ${mebibytes} |`,
    );
  }
  print(`\n${[...counts].map(([what, count]) => `${what} ${number(count)}`).join(', ')}`);
}
