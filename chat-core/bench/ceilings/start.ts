import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { v4 as uuid } from 'uuid';
import { TEXT } from '../fill.ts';
import { LOAD_CORE, pin, SERVER_CORE } from '../processes.ts';

export type Ceiling = { pid: number; port: number; stop(): Promise<void> };

type Program =
  | 'bare-http'
  | 'bare-express'
  | 'express-echo'
  | 'sealing'
  | 'seed-like'
  | 'echo-bytes'
  | 'plain-files';

/** Starts one of the small servers beside this file, by default on the core of the measured process. */
export async function startCeiling(
  program: Program,
  env: Record<string, string> = {},
  core = SERVER_CORE,
): Promise<Ceiling> {
  const child = fork(fileURLToPath(new URL(`${program}.ts`, import.meta.url)), {
    env: { PATH: process.env.PATH, ...env },
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  const pid = child.pid ?? 0;
  pin(pid, core);
  return {
    pid,
    port,
    stop: async () => {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

/** The seed-like core with `messages` messages between two people, and its sealing process. */
export async function startSeedLike(
  folder: string,
  messages: number,
): Promise<Ceiling & { people: [string, string] }> {
  const sealing = await startCeiling('sealing', {}, LOAD_CORE);
  const seal = async () => {
    const body = JSON.stringify({ text: TEXT });
    const answer = await fetch(`http://127.0.0.1:${sealing.port}/encrypt`, { method: 'POST', body });
    return ((await answer.json()) as { result: string }).result;
  };
  const people: [string, string] = [uuid(), uuid()];
  // A text is sealed once; what opening costs does not depend on its nonce.
  const content = await seal();
  const chats = Array.from({ length: messages }, (_, n) => ({
    id: uuid(),
    senderId: people[n % 2],
    receiverId: people[(n + 1) % 2],
    content,
    timestamp: Date.now(),
  }));
  const file = join(folder, `seed-like-${messages}.json`);
  await writeFile(file, JSON.stringify({ users: [], chats }, null, 2));
  const core = await startCeiling('seed-like', { FILE: file, SEALING_PORT: String(sealing.port) });
  return {
    ...core,
    people,
    stop: async () => {
      await core.stop();
      await sealing.stop();
    },
  };
}
