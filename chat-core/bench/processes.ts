import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** The measured process has a processor core for itself; the load and cipher-service share the other. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

const TICKS_PER_SECOND = 100;
let canPin: boolean | undefined;

/** Pins a process, its children and all their threads to one core; prints a warning, once, without taskset or two cores. */
export function pin(pid: number, core: number): void {
  if (canPin === false) return;
  try {
    if (availableParallelism() < 2) throw new Error('there is one core');
    for (const one of family(pid)) {
      execFileSync('taskset', ['-a', '-p', '-c', String(core), String(one)], { stdio: 'ignore' });
    }
    canPin = true;
  } catch (error) {
    canPin = false;
    console.log(`\n!!! NOT PINNED to cores (${(error as Error).message}): ratios are less sure.\n`);
  }
}

/** Lets a process and its children use all cores, as when several of them share the work. */
export function unpin(pid: number): void {
  if (!canPin) return;
  const all = `0-${availableParallelism() - 1}`;
  for (const one of family(pid))
    execFileSync('taskset', ['-a', '-p', '-c', all, String(one)], { stdio: 'ignore' });
}

/** Seconds of processor time a process and its children have used, in all their threads, those that ended included. */
export function cpuSeconds(pid: number): number {
  const seconds = family(pid).map((one) => {
    const stat = statOf(one);
    // The name in brackets may contain anything; the numbers follow it.
    const fields = stat.split(') ')[1]?.split(' ') ?? [];
    return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) / TICKS_PER_SECOND;
  });
  return seconds.reduce((sum, each) => sum + each, 0);
}

/** Empty for a process that has just ended: its parent has its time then. */
function statOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}

/** Resident memory in MiB of a process and its children; what they share counts for each. */
export function rssMiB(pid: number): number {
  const sizes = family(pid).map((one) => {
    const status = readFileSync(`/proc/${one}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  });
  return sizes.reduce((sum, each) => sum + each, 0);
}

/** A process and its children, and theirs. */
export function family(pid: number): number[] {
  const list = `/proc/${pid}/task/${pid}/children`;
  const children = existsSync(list) ? readFileSync(list, 'utf8').trim() : '';
  return [pid, ...children.split(' ').filter(Boolean).map(Number).flatMap(family)];
}

/** Runs `run`; returns the share of a core that each process used meanwhile. */
export async function busyDuring<T>(
  pids: number[],
  run: () => Promise<T>,
): Promise<{ result: T; busy: number[] }> {
  const [started, before] = [performance.now(), pids.map(cpuSeconds)];
  const result = await run();
  const seconds = (performance.now() - started) / 1000;
  return { result, busy: pids.map((pid, n) => (cpuSeconds(pid) - (before[n] ?? 0)) / seconds) };
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
