import { createServer } from 'node:net';
import type { Engine } from './engine.ts';

/** The parts of `docker inspect` that the checks use. */
export type Inspected = {
  Name: string;
  Mounts: { Type: string; Name?: string; Source: string; Destination: string; RW: boolean }[];
  NetworkSettings: {
    Ports: Record<string, { HostIp: string; HostPort: string }[] | null>;
    Networks: Record<string, { IPAddress: string }>;
  };
  Config: { Env: string[] };
  HostConfig: { Memory: number; ReadonlyRootfs: boolean; CapDrop: string[] | null; Privileged: boolean };
  State: { Status: string; StartedAt: string; ExitCode: number; OOMKilled: boolean };
};
export type Part = 'setup' | 'cipher-service' | 'chat-core' | 'cloudflared';

/** The compose file as a project of its own, which may run beside others on this engine. */
export type Box = {
  project: string;
  url: string;
  port: number;
  /** The first three numbers of the edge network's addresses, its name, and cloudflared's address. */
  prefix: string;
  edge: string;
  tunnelAddress: string;
  /** Runs `docker compose`. @throws Error when it fails */
  compose(...args: string[]): Promise<string>;
  /** Runs `docker compose` and returns the output, whatever the exit code. */
  tryCompose(...args: string[]): Promise<string>;
  /** Runs `docker compose` with additional variables, as `.env` would set them. @throws Error when it fails */
  composeWith(variables: Record<string, string>, ...args: string[]): Promise<string>;
  /** Runs a program in the container and returns the output, whatever the exit code. */
  inside(part: Part, ...command: string[]): Promise<string>;
  logs(part: Part): Promise<string>;
  inspect(part: Part): Promise<Inspected>;
  remove(): Promise<void>;
};

/** The pid of the service's process in its container; PID 1 is the init process. */
export async function mainPid(box: Box, part: 'chat-core' | 'cipher-service'): Promise<string> {
  const find =
    'for p in /proc/[0-9]*; do tr "\\0" " " <$p/cmdline | grep -q "^node .*src/main.ts $" && basename $p; done';
  const pid = await box.inside(part, 'sh', '-c', find);
  if (!/^\d+$/.test(pid)) throw new Error(`${part} runs no single main.ts: ${pid}`);
  return pid;
}

export async function openBox(engine: Engine, folder: string): Promise<Box> {
  const project = `bisik-box-${process.pid}`;
  const port = await freePort();
  const prefix = `172.31.${200 + (process.pid % 40)}`;
  const env = {
    CORE_BIND: '127.0.0.1',
    CORE_PORT: String(port),
    EDGE_PREFIX: prefix,
  };
  const name = (part: Part) => `${project}-${part}-1`;
  const line = ['compose', '--env-file', '/dev/null', '--progress', 'quiet', '-p', project];
  const composeWith: Box['composeWith'] = (variables, ...args) =>
    engine.mustDocker([...line, ...args], { cwd: folder, env: { ...env, ...variables } });
  const compose: Box['compose'] = (...args) => composeWith({}, ...args);
  const tryCompose: Box['tryCompose'] = async (...args) =>
    (await engine.docker([...line, ...args], { cwd: folder, env })).out;
  return {
    project,
    port,
    prefix,
    edge: `${project}_edge-${prefix}`,
    tunnelAddress: `${prefix}.2`,
    url: `http://127.0.0.1:${port}`,
    compose,
    tryCompose,
    composeWith,
    inside: async (part, ...command) => (await engine.docker(['exec', name(part), ...command])).out,
    logs: (part) => engine.mustDocker(['logs', name(part)]),
    inspect: async (part) => JSON.parse(await engine.mustDocker(['inspect', name(part)]))[0],
    remove: async () => {
      await compose('down', '--volumes', '--remove-orphans', '--timeout', '20');
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
