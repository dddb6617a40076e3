/** A box under test, and the journey of two friends through it. */
import { randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddFriendAnswer, Message } from '../../chat-core/src/wire/wire.ts';
import {
  type Answer,
  type Person,
  retryWhileOverloaded,
  signUp,
} from '../../chat-core/test/support/person.ts';
import { docker, run, tryRun, waitFor } from './harness.ts';

/** The parts of `docker inspect` that the checks use. */
type Inspected = {
  Mounts: { Type: string; Name?: string; Source: string; Destination: string; RW: boolean }[];
  NetworkSettings: {
    Ports: Record<string, { HostIp: string; HostPort: string }[] | null>;
    Networks: Record<string, { IPAddress: string }>;
  };
  Config: { Env: string[] };
  HostConfig: { Memory: number };
  State: { Status: string; StartedAt: string; ExitCode: number; OOMKilled: boolean };
};
/** The services that run as long as the box. */
export const SERVICES = ['chat-core', 'cipher-service'] as const;
export type Service = (typeof SERVICES)[number];

/** The compose file as a project of its own, which may run beside others on this engine. */
export type Box = {
  project: string;
  url: string;
  port: number;
  /** The first three numbers of the edge network's addresses, and of another network that no box uses. */
  prefix: string;
  unusedPrefix: string;
  /** The name of the edge network, and cloudflared's address on it. */
  edge: string;
  tunnelAddress: string;
  /** Runs `docker compose`. @throws Error when it fails */
  compose(...args: string[]): Promise<string>;
  /** Runs `docker compose` with additional variables, as `.env` would set them. @throws Error when it fails */
  composeWith(variables: Record<string, string>, ...args: string[]): Promise<string>;
  /** Creates and starts the services and waits until they are healthy. `options` stand before `up`. */
  up(variables?: Record<string, string>, ...options: string[]): Promise<string>;
  /** Runs a command of the core in a new container; returns the output, whatever the exit code. */
  command(options: string[], name: string, ...args: string[]): Promise<string>;
  /** Runs `rotate-keys` in a new container of the set-up; returns the output, whatever the exit code. */
  rotate(what: string, ...options: string[]): Promise<string>;
  /** Runs a program in the container; returns the output, whatever the exit code. */
  inside(service: Service, ...command: string[]): Promise<string>;
  /** The pid of the service's process in its container; PID 1 is the init process. */
  mainPid(service: Service): Promise<string>;
  logs(service: Service | 'setup'): Promise<string>;
  inspect(service: Service | 'setup' | 'cloudflared'): Promise<Inspected>;
  remove(): Promise<unknown>;
};

/** A process may end before it is read: a health check, for one. */
const FIND_MAIN =
  'for p in /proc/[0-9]*; do { tr "\\0" " " <$p/cmdline; } 2>/dev/null | grep -q "^node .*src/main.ts $" && basename $p; done';

/** @param index each box of this test has its own, 0 or 1 */
export async function openBox(name: string, index: number, folder: string): Promise<Box> {
  const project = `bisik-${name}-${process.pid}`;
  const port = await freePort();
  const prefixes = [80, 120, 160, 200].map((base) => `172.31.${base + (process.pid % 40)}`);
  const [prefix = '', unusedPrefix = ''] = prefixes.slice(2 * index);
  const env = { CORE_BIND: '127.0.0.1', CORE_PORT: String(port), EDGE_PREFIX: prefix };
  const words = ['compose', '--env-file', '/dev/null', '--progress', 'quiet', '-p', project];
  const composeWith: Box['composeWith'] = (variables, ...args) =>
    run('docker', [...words, ...args], { cwd: folder, env: { ...env, ...variables } });
  const compose: Box['compose'] = (...args) => composeWith({}, ...args);
  const containerOf = (service: string) => `${project}-${service}-1`;
  const inside: Box['inside'] = async (service, ...command) =>
    (await tryRun('docker', ['exec', containerOf(service), ...command])).output;
  return {
    project,
    port,
    prefix,
    unusedPrefix,
    edge: `${project}_edge-${prefix}`,
    tunnelAddress: `${prefix}.2`,
    url: `http://127.0.0.1:${port}`,
    compose,
    composeWith,
    up: (variables = {}, ...options) =>
      composeWith(variables, ...options, 'up', '--detach', '--wait', '--no-build'),
    command: async (options, name, ...args) => {
      const program = ['chat-core', 'node', `chat-core/src/commands/${name}.ts`, ...args];
      const given = [...words, 'run', '--rm', '-T', ...options, ...program];
      return (await tryRun('docker', given, { cwd: folder, env })).output;
    },
    rotate: async (what, ...options) => {
      const program = ['setup', 'node', 'cipher-service/src/rotate.ts', what];
      return (
        await tryRun('docker', [...words, ...options, 'run', '--rm', '-T', ...program], { cwd: folder, env })
      ).output;
    },
    inside,
    mainPid: async (service) => {
      const pid = await inside(service, 'sh', '-c', FIND_MAIN);
      if (!/^\d+$/.test(pid)) throw new Error(`${service} runs no single main.ts: ${pid}`);
      return pid;
    },
    logs: (service) => docker('logs', containerOf(service)),
    inspect: async (service) => JSON.parse(await docker('inspect', containerOf(service)))[0],
    remove: () => compose('down', '--volumes', '--remove-orphans', '--timeout', '20'),
  };
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** Prints an invitation for two people inside the running core and returns its code. */
export async function inviteTwo(box: Box): Promise<string | undefined> {
  const printed = await box.inside('chat-core', 'node', 'chat-core/src/commands/invite.ts', '--uses', '2');
  return /#\/invite\/(\w+)/.exec(printed)?.[1];
}

/** Two friends, a message that one wrote, and the milliseconds of each step. `canary`, its text, occurs nowhere else. */
export type Journey = {
  writer: Person;
  reader: Person;
  sent: Message;
  canary: string;
  took: Record<string, number>;
};

/**
 * Registers two people at `url`, by an invitation where one is required, makes them friends, sends a message and reads it
 * as the other.
 * @throws Error at the first unexpected answer
 */
export async function runJourney(url: string, inviteCode?: string): Promise<Journey> {
  const took: Record<string, number> = {};
  const timed = async <T>(step: string, act: () => Promise<T>): Promise<T> => {
    const start = performance.now();
    const result = await act();
    took[step] = Math.round(performance.now() - start);
    return result;
  };
  const mark = randomBytes(6).toString('hex');
  const canary = `pisang goreng ${mark} 🍌`;
  const writer = await timed('register and log in', () => signUp(url, `ani-${mark}`, inviteCode));
  const reader = await signUp(url, `budi-${mark}`, inviteCode);
  await timed('befriend', async () => {
    const input = { myId: writer.id, friendUsername: reader.username };
    const answer = await retryWhileOverloaded(() => writer.post('/friends/add', input));
    const body = answer.body as AddFriendAnswer;
    if (!('contact' in body) || body.contact?.id !== reader.id) throw new Error(`befriend: ${answer.status}`);
  });
  const input = {
    senderId: writer.id,
    receiverId: reader.id,
    message: canary,
    clientMessageId: randomUUID(),
  };
  const sent = await timed('send', () => request<Message>('send', () => writer.post('/chat/send', input)));
  const [read] = await timed('read', () => readHistory(reader, writer));
  if (read?.id !== sent.id || read.content !== canary) throw new Error('Another message came back.');
  return { writer, reader, sent, canary, took };
}

/** Repeats a request while the answer is 503, as the page does. @throws Error when the last answer is not 200 */
async function request<T>(name: string, act: () => Promise<Answer>): Promise<T> {
  const { status, body } = await waitFor(act, (answer) => answer.status !== 503);
  if (status !== 200) throw new Error(`${name}: ${status} ${JSON.stringify(body)}`);
  return body as T;
}

/** @throws Error with the status when it cannot be read */
export function readHistory(of: Person, friend: Person): Promise<Message[]> {
  return request('history', () => of.get(`/chat/history?myId=${of.id}&friendId=${friend.id}`));
}
