import { BlockList } from 'node:net';

/** The parts of docker-compose.yml that the rules use, anchors and merges resolved. */
export type Service = {
  image?: string;
  command?: string[];
  entrypoint?: string[];
  profiles?: string[];
  network_mode?: string;
  networks?: string[] | Record<string, { ipv4_address?: string }>;
  ports?: (string | { target: number; host_ip?: string; published?: string })[];
  volumes?: (string | { source: string; target: string; read_only?: boolean })[];
  environment?: Record<string, string>;
  healthcheck?: { test?: string[]; disable?: boolean };
  [key: string]: unknown;
};
export type Compose = {
  services: Record<string, Service>;
  networks: Record<string, Network>;
  volumes: Record<string, unknown>;
};
export type Network = {
  name?: string;
  internal?: boolean;
  driver_opts?: Record<string, string>;
  ipam?: { config: { subnet: string; gateway: string; ip_range: string }[] };
};

type Expected = {
  networks: string[];
  mounts: string[];
  memory: string;
  ports?: string[];
  /** The health check, which ends a service that hangs. */
  probe?: string[];
};

const SERVICES: Record<string, Expected> = {
  setup: {
    networks: [],
    mounts: ['cipher-keys:/keys/cipher', 'core-keys:/keys/core', 'data:/data:ro'],
    memory: '192m',
  },
  'cipher-service': {
    networks: ['backend'],
    mounts: ['cipher-keys:/keys/cipher:ro'],
    memory: '192m',
    probe: ['CMD', 'node', 'cipher-service/src/healthcheck.ts'],
  },
  'chat-core': {
    networks: ['edge', 'backend'],
    mounts: ['data:/data', 'core-keys:/keys/core:ro'],
    memory: '768m',
    ports: ['127.0.0.1:8080:8080'],
    probe: ['CMD', 'sh', 'chat-core/src/healthcheck.sh'],
  },
  // It reads data and all keys: no network, and it runs only when called.
  backup: {
    networks: [],
    mounts: ['data:/data:ro', 'cipher-keys:/keys/cipher:ro', 'core-keys:/keys/core'],
    memory: '256m',
  },
  cloudflared: {
    networks: ['edge'],
    mounts: ['config.yml', 'credentials.json'].map((f) => `./cloudflared/${f}:/etc/cloudflared/${f}:ro`),
    memory: '128m',
  },
};

const HARDENED = {
  read_only: true,
  cap_drop: ['ALL'],
  security_opt: ['no-new-privileges:true'],
  ulimits: { core: 0 },
};

/** Keys a service may have. Any other (privileged, cap_add, user, devices, pid…) needs a decision. */
const KEYS = new Set([
  ...Object.keys(HARDENED),
  ...[
    'image',
    'build',
    'command',
    'entrypoint',
    'depends_on',
    'profiles',
    'restart',
    'stop_grace_period',
    'logging',
    'tmpfs',
  ],
  ...['network_mode', 'networks', 'ports', 'volumes', 'environment', 'healthcheck'],
  ...['mem_limit', 'memswap_limit', 'pids_limit', 'init'],
]);

/** The value where the variable is not set: `${NAME:-value}` → `value`. */
const byDefault = (text: string) => text.replace(/\$\{\w+:-([^}]*)\}/g, '$1');

/**
 * How the compose file departs from design §5 and security.md T-CF1 and T-NW1.
 * @returns sentences; none when all rules are kept
 */
export function composeViolations({ services, networks }: Compose): string[] {
  const found: string[] = [];
  const rule = (kept: boolean, sentence: string) => kept || found.push(sentence);
  const same = (actual: unknown, expected: unknown) => JSON.stringify(actual) === JSON.stringify(expected);

  rule(
    same(Object.keys(services).sort(), Object.keys(SERVICES).sort()),
    'The services are not the known five.',
  );
  for (const [name, service] of Object.entries(services)) {
    const expected = SERVICES[name];
    if (!expected) continue;
    for (const key of Object.keys(service)) rule(KEYS.has(key), `${name} has ${key}, which no rule knows.`);
    for (const [key, value] of Object.entries(HARDENED))
      rule(same(service[key], value), `${name}: ${key} is not ${JSON.stringify(value)}.`);
    rule(service.mem_limit === expected.memory, `${name}: mem_limit is not ${expected.memory}.`);
    rule(Number(service.pids_limit) > 0, `${name} has no pids_limit.`);
    rule(
      same(mounts(service), expected.mounts),
      `${name} mounts ${mounts(service).join(', ') || 'nothing'}.`,
    );
    rule(same(networksOf(service), expected.networks), `${name} is on ${networksOf(service)}.`);
    const alone = name === 'setup' || name === 'backup';
    rule(service.network_mode === (alone ? 'none' : undefined), `${name}: wrong network_mode.`);
    const entrypoint = name === 'backup' ? ['node', 'chat-core/src/commands/backup.ts'] : undefined;
    rule(same(service.entrypoint, entrypoint), `${name}: wrong entrypoint.`);
    rule(
      same(service.ports?.map(portOf), expected.ports),
      `${name} publishes ${service.ports?.map(portOf) ?? 'nothing'}.`,
    );
    rule(same(service.healthcheck?.test, expected.probe), `${name}: another healthcheck, or none.`);
    rule(service.init === (expected.probe && true), `${name}: its health check cannot end PID 1.`);
    rule(service.healthcheck?.disable === undefined, `${name}: the healthcheck is off.`);
    rule(alone || name === 'cloudflared' || !service.command, `${name} overrides its image's command.`);
    for (const variable of Object.keys(service.environment ?? {}))
      rule(!/KEY|SECRET|TOKEN|PASS|CREDENTIAL/i.test(variable), `${name} is given a secret in ${variable}.`);
  }
  rule(
    networks.edge?.name?.includes('$EDGE_PREFIX') === true,
    'edge keeps its name, and so its old addresses, when EDGE_PREFIX changes.',
  );
  rule(same(services.backup?.profiles, ['backup']), 'backup runs without being called.');
  rule(networks.backend?.internal === true, 'backend is not internal.');
  rule(
    networks.backend?.driver_opts?.['com.docker.network.bridge.inhibit_ipv4'] === 'true',
    'The host has an address on backend.',
  );
  return [...found, ...trustViolations(services, networks)];
}

/** CF-Connecting-IP may be trusted only from an address that no other container can get. */
function trustViolations(services: Compose['services'], networks: Compose['networks']): string[] {
  const found: string[] = [];
  const { cloudflared } = services;
  const on = Array.isArray(cloudflared?.networks) ? undefined : cloudflared?.networks?.edge;
  const address = byDefault(on?.ipv4_address ?? 'none');
  const trusted = byDefault(services['chat-core']?.environment?.TRUSTED_PROXIES ?? 'none');
  // Addresses that an operator adds follow it.
  if (trusted !== `${address}/32,`) found.push('TRUSTED_PROXIES is not cloudflared alone.');
  const pool = networks.edge?.ipam?.config[0];
  if (!pool) return [...found, 'edge has no fixed subnet.'];
  const handedOut = new BlockList();
  const [first = '', bits] = byDefault(pool.ip_range).split('/');
  handedOut.addSubnet(first, Number(bits));
  if (handedOut.check(address)) found.push("cloudflared's address may be given to another container.");
  if (byDefault(pool.gateway) === address) found.push('cloudflared has the address of the gateway.');
  return found;
}

function networksOf({ networks = [] }: Service): string[] {
  return Array.isArray(networks) ? networks : Object.keys(networks);
}

function portOf(port: NonNullable<Service['ports']>[number]): string {
  if (typeof port === 'string') return byDefault(port);
  return [port.host_ip ?? '', port.published ?? '', String(port.target)].map(byDefault).join(':');
}

function mounts({ volumes = [] }: Service): string[] {
  return volumes.map((mount) =>
    typeof mount === 'string' ? mount : `${mount.source}:${mount.target}${mount.read_only ? ':ro' : ''}`,
  );
}

/**
 * How a Dockerfile departs from the rules: last stage without tools, as `node`, with this command.
 * @returns sentences; none when all rules are kept
 */
export function imageViolations(dockerfile: string, command: string[]): string[] {
  const found: string[] = [];
  const rule = (kept: boolean, sentence: string) => kept || found.push(sentence);
  const lines = dockerfile.replace(/\\\n/g, ' ').split('\n');
  const stages = lines.filter((line) => line.startsWith('FROM '));
  const last = lines.slice(lines.lastIndexOf(stages.at(-1) ?? '') + 1);
  rule(stages.length > 1, 'It has one stage.');
  rule(
    stages.every((stage) => /^FROM node:24-alpine( AS \w+)?$/.test(stage)),
    'A stage is not from node:24-alpine.',
  );
  rule(!/^# *syntax=/im.test(dockerfile), 'It asks for another Dockerfile frontend.');
  rule(
    !/\b(apk|apt-get|gcc|g\+\+|make|python3?)\b/.test(dockerfile.replace(/^#.*$/gm, '')),
    'It installs tools.',
  );
  rule(!last.some((line) => /^RUN .*\bnpm (ci|i|install|run)\b/.test(line)), 'npm runs in the last stage.');
  rule(last.filter((line) => line.startsWith('USER ')).join() === 'USER node', 'It does not run as node.');
  rule(
    !lines.some((line) => /^(ARG|ADD|ENV .*(SECRET|TOKEN|PASS))/.test(line)),
    'It takes something from outside.',
  );
  rule(
    last.filter((line) => line.startsWith('CMD ')).join() ===
      `CMD ${JSON.stringify(command).replaceAll(',', ', ')}`,
    'The command is another.',
  );
  return found;
}

/**
 * Whether a .dockerignore keeps a path out of the build context, as Docker's own matcher decides: the last pattern
 * that matches the path or a folder above it counts, `*` stays within a folder, `**` is any number of them.
 * @param path relative to the context, with `/`
 */
export function isIgnored(dockerignore: string, path: string): boolean {
  const parts = path.split('/');
  const candidates = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  let ignored = false;
  for (const line of dockerignore.split('\n').map((one) => one.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const pattern = toRegExp(line.replace(/^!/, ''));
    if (candidates.some((candidate) => pattern.test(candidate))) ignored = !line.startsWith('!');
  }
  return ignored;
}

function toRegExp(pattern: string): RegExp {
  const source = pattern
    .replace(/^\/|\/$/g, '')
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\/|\*\*|\*|\?/g, (wild) => WILD[wild] ?? wild);
  return new RegExp(`^${source}$`);
}

const WILD: Record<string, string> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' };

/** What the COPY lines of a Dockerfile take from the build context, without what they take from other stages. */
export function copiedFromContext(dockerfile: string): string[] {
  return dockerfile
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => /^COPY /.test(line) && !line.includes('--from='))
    .flatMap((line) => line.split(/\s+/).slice(1, -1))
    .filter((word) => !word.startsWith('--'));
}
