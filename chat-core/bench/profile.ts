import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The part of a `--cpu-prof` file that counts here; times are microseconds. */
export type Profile = {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
  timeDeltas: number[];
};
export type Hot = { name: string; share: number };

/** Functions by self time from a time after the start on, with their share of the time that was not idle. */
export function hottest({ nodes, samples, timeDeltas }: Profile, count: number, afterMs = 0): Hot[] {
  const names = new Map(nodes.map((node) => [node.id, nameOf(node.callFrame)]));
  const times = new Map<string, number>();
  let [busy, passed] = [0, 0];
  for (const [at, id] of samples.entries()) {
    passed += timeDeltas[at] ?? 0;
    const name = names.get(id) ?? '?';
    if (name === '(idle)' || passed < afterMs * 1000) continue;
    // A delta is the time before its sample, so the next one is how long this lasted.
    const time = Math.max(0, timeDeltas[at + 1] ?? 0);
    times.set(name, (times.get(name) ?? 0) + time);
    busy += time;
  }
  return [...times]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([name, time]) => ({ name, share: time / busy }));
}

/** The profile a process left in this folder when it ended; its children may have left theirs. */
export async function readProfile(folder: string, pid: number): Promise<Profile> {
  const file = (await readdir(folder)).find((name) => name.includes(`.${pid}.`));
  if (!file) throw new Error(`no profile in ${folder}`);
  return JSON.parse(await readFile(join(folder, file), 'utf8')) as Profile;
}

function nameOf({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const name = functionName || '(anonymous)';
  const file = url.split(/\/(?=node_modules\/|chat-core\/)/).at(-1);
  return url ? `${name} ${file?.replace(/^node_modules\//, '')}:${lineNumber + 1}` : name;
}
