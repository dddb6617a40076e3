import { readdirSync, readFileSync } from 'node:fs';
import { run } from './run.ts';

/** What a test of containers may change on this machine, one line per thing. */
export type MachineState = ReadonlySet<string>;

/**
 * Lists processes, mounts, interfaces, firewall chains and rules, forwarding, binfmt handlers, and this engine's
 * containers, networks, volumes and images where there is one. Other tests on this machine do not count.
 */
export async function readMachine(): Promise<MachineState> {
  const lines = [
    ...processes().map((command) => `process: ${command}`),
    ...mounts().map((path) => `mount: ${path}`),
    ...list('/sys/class/net')
      .filter((name) => /^(docker|br-|veth)/.test(name))
      .map((name) => `interface: ${name}`),
    ...list('/proc/sys/fs/binfmt_misc').map((name) => `binfmt: ${name}`),
    `ip_forward: ${read('/proc/sys/net/ipv4/ip_forward').trim()}`,
  ];
  for (const [kind, args] of Object.entries(OF_ENGINE)) {
    const { code, out } = await run('docker', args);
    if (code === 0)
      lines.push(
        ...out
          .split('\n')
          .filter(Boolean)
          .map((name) => `${kind}: ${name}`),
      );
  }
  for (const tool of ['iptables-save', 'ip6tables-save']) {
    const { code, out } = await run(tool, []);
    if (code === 0) lines.push(...rulesIn(out).map((rule) => `${tool}: ${rule}`));
  }
  return new Set(lines);
}

const OF_ENGINE = {
  container: ['ps', '--all', '--format', '{{.ID}} {{.Names}}'],
  network: ['network', 'ls', '--format', '{{.ID}} {{.Name}}'],
  volume: ['volume', 'ls', '--format', '{{.Name}}'],
  image: ['image', 'ls', '--no-trunc', '--format', '{{.ID}} {{.Repository}}:{{.Tag}}'],
};

/** What exists afterwards and did not before; counters and ids do not count. */
export function leftBehind(before: MachineState, after: MachineState): string[] {
  return [...after].filter((line) => !before.has(line));
}

/** Chains and rules with their table; an empty table with its built-in chains open is left out. */
function rulesIn(saved: string): string[] {
  let table = '';
  return saved.split('\n').flatMap((line) => {
    if (line.startsWith('*')) table = line.slice(1);
    const rule = line.replace(/\[\d+:\d+\]/, '').trim();
    const isRule = line.startsWith('-A') || (line.startsWith(':') && !rule.endsWith(' ACCEPT'));
    return isRule ? [`${table} ${rule}`] : [];
  });
}

/** The command lines of engines, containers, emulators and services of ours, whoever runs them. */
function processes(): string[] {
  return list('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim())
    .filter((command) => /^\S*(dockerd|containerd|docker-proxy|qemu-)|bisik-box-/.test(command));
}

function mounts(): string[] {
  return read('/proc/mounts')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => /docker|containerd|bisik-box-|binfmt_misc/.test(path));
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
