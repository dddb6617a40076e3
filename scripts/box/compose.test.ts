import { readFileSync } from 'node:fs';
import { BlockList } from 'node:net';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { CORE_OPTIONS } from '../../chat-core/src/node-options.ts';
import { OIDC_VARIABLES } from '../../chat-core/src/oidc-settings.ts';
import { CIPHER_OPTIONS } from '../../cipher-service/src/node-options.ts';
import { fetchedImages } from '../base-images.ts';

const text = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

/** The parts of docker-compose.yml that the rules use, anchors and merges resolved. */
type Service = {
  networks?: string[] | Record<string, { ipv4_address?: string }>;
  ports?: (string | { target: number; host_ip?: string; published?: string })[];
  volumes?: (string | { source: string; target: string; read_only?: boolean })[];
  environment?: Record<string, string>;
  healthcheck?: { test?: string[]; disable?: boolean };
  [key: string]: unknown;
};
type Network = {
  name?: string;
  internal?: boolean;
  driver_opts?: Record<string, string>;
  ipam?: { config: { gateway: string; ip_range: string }[] };
};
type Compose = { services: Record<string, Service>; networks: Record<string, Network> };
/** `probe` is the health check, which ends a service that hangs. */
type Expected = {
  networks: string[];
  mounts: string[];
  memory: string;
  ports?: string[];
  probe?: string[];
  /** What it may as root. */
  rights?: string[];
};

const EXPECTED: Record<string, Expected> = {
  setup: {
    networks: [],
    mounts: ['cipher-keys:/keys/cipher', 'core-keys:/keys/core', 'data:/data:ro'],
    memory: '192m',
  },
  'cipher-service': {
    networks: ['backend'],
    mounts: ['cipher-keys:/keys/cipher:ro', 'cipher-counter:/keys/cipher/counter'],
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
  // Root's right over files is needed to read what belongs to the tunnel's user: it has no network, no data and no keys.
  'backup-settings': {
    networks: [],
    mounts: ['.:/from:ro', 'backup-settings:/settings'],
    memory: '64m',
    rights: ['DAC_OVERRIDE', 'CHOWN'],
  },
  // It reads data and all keys, and goes out to its target: nothing connects to it, and it runs only where it is set up.
  backups: {
    networks: ['edge', 'backend'],
    mounts: [
      'data:/data:ro',
      'cipher-keys:/keys/cipher:ro',
      'core-keys:/keys/core:ro',
      'backup-scratch:/scratch',
      'backup-settings:/settings:ro',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of compose
      '${BACKUP_FOLDER:-/dev/null}:/backups',
    ],
    memory: '512m',
  },
  cloudflared: {
    networks: ['edge'],
    mounts: ['./tunnel:/etc/cloudflared:ro'],
    memory: '128m',
  },
};
const HARDENED = {
  read_only: true,
  cap_drop: ['ALL'],
  security_opt: ['no-new-privileges:true'],
  ulimits: { core: 0 },
};
/** Keys a service may have. Any other (privileged, devices, pid…) needs a decision. */
const KEYS = new Set(
  `${Object.keys(HARDENED).join(' ')} image build command entrypoint depends_on profiles restart
   stop_grace_period logging tmpfs network_mode networks ports volumes environment healthcheck
   mem_limit memswap_limit pids_limit init user cap_add`.split(/\s+/),
);

/** The value where the variable is not set: `${NAME:-value}` → `value`. */
const byDefault = (value: string) => value.replace(/\$\{\w+:-([^}]*)\}/g, '$1');
const same = (actual: unknown, expected: unknown) => JSON.stringify(actual) === JSON.stringify(expected);

/**
 * How the compose file departs from design §5 and security.md T-CF1 and T-NW1.
 * @returns sentences; none when every rule holds
 */
function composeViolations({ services, networks }: Compose): string[] {
  const found: string[] = [];
  const rule = (holds: boolean, sentence: string) => holds || found.push(sentence);
  const names = (record: object) => Object.keys(record).sort();
  rule(same(names(services), names(EXPECTED)), 'The services are not the known seven.');
  for (const [name, expected] of Object.entries(EXPECTED))
    found.push(...serviceViolations(name, services[name] ?? {}, expected));
  const { edge, backend } = networks;
  const changesName = edge?.name?.includes('$EDGE_PREFIX') === true;
  rule(changesName, 'edge keeps its name, and so its old addresses, when EDGE_PREFIX changes.');
  rule(backend?.internal === true, 'backend is not internal.');
  const inhibit = backend?.driver_opts?.['com.docker.network.bridge.inhibit_ipv4'];
  rule(inhibit === 'true', 'The host has an address on backend.');

  // CF-Connecting-IP may be trusted only from an address that no other container can get.
  const { cloudflared } = services;
  const attached = Array.isArray(cloudflared?.networks) ? undefined : cloudflared?.networks?.edge;
  const address = byDefault(attached?.ipv4_address ?? 'none');
  const trusted = byDefault(services['chat-core']?.environment?.TRUSTED_PROXIES ?? 'none');
  // Addresses that an operator adds follow it.
  rule(trusted === `${address}/32=CF-Connecting-IP,`, 'TRUSTED_PROXIES is not cloudflared alone.');
  const pool = edge?.ipam?.config[0];
  if (!pool) return [...found, 'edge has no fixed subnet.'];
  const assigned = new BlockList();
  const [first = '', bits] = byDefault(pool.ip_range).split('/');
  assigned.addSubnet(first, Number(bits));
  rule(!assigned.check(address), "cloudflared's address may be given to another container.");
  rule(byDefault(pool.gateway) !== address, 'cloudflared has the address of the gateway.');
  return found;
}

function serviceViolations(name: string, service: Service, expected: Expected): string[] {
  const found: string[] = [];
  const rule = (holds: boolean, sentence: string) => holds || found.push(`${name} ${sentence}.`);
  const { networks = [], volumes = [], ports, healthcheck, environment = {} } = service;
  for (const key of Object.keys(service)) rule(KEYS.has(key), `has ${key}, which no rule knows`);
  for (const [key, value] of Object.entries({ ...HARDENED, mem_limit: expected.memory }))
    rule(same(service[key], value), `has another ${key} than ${JSON.stringify(value)}`);
  rule(Number(service.pids_limit) > 0, 'has no pids_limit');
  const mounts = volumes.map((mount) =>
    typeof mount === 'string' ? mount : `${mount.source}:${mount.target}${mount.read_only ? ':ro' : ''}`,
  );
  rule(same(mounts, expected.mounts), `mounts ${mounts.join(', ') || 'nothing'}`);
  const joined = Array.isArray(networks) ? networks : Object.keys(networks);
  rule(same(joined, expected.networks), `is on ${joined}`);
  const isAlone = ['setup', 'backup', 'backup-settings'].includes(name);
  rule(same(service.cap_add, expected.rights), `has cap_add ${service.cap_add ?? 'nothing'}`);
  rule(same(service.user, expected.rights && '0'), `has user ${service.user}`);
  rule(service.network_mode === (isAlone ? 'none' : undefined), 'has a wrong network_mode');
  const entrypoint = name === 'backup' ? ['node', 'chat-core/src/commands/backup.ts'] : undefined;
  rule(same(service.entrypoint, entrypoint), 'has a wrong entrypoint');
  const profile = { backup: 'backup', backups: 'backups', 'backup-settings': 'backups' }[name];
  rule(profile === undefined || same(service.profiles, [profile]), 'runs without being called');
  const published = ports?.map((port) =>
    typeof port === 'string'
      ? byDefault(port)
      : [port.host_ip ?? '', port.published ?? '', `${port.target}`].map(byDefault).join(':'),
  );
  rule(same(published, expected.ports), `publishes ${published ?? 'nothing'}`);
  rule(same(healthcheck?.test, expected.probe), 'has another healthcheck, or none');
  rule(service.init === (expected.probe && true), 'has a health check that cannot end PID 1');
  rule(healthcheck?.disable === undefined, 'has its healthcheck off');
  const hasCommand = isAlone || ['cloudflared', 'backups'].includes(name);
  rule(hasCommand || !service.command, "overrides its image's command");
  // A path is no secret.
  for (const variable of Object.keys(environment))
    rule(
      !/KEY|SECRET|TOKEN|PASS|CREDENTIAL/i.test(variable) || variable.endsWith('_FILE'),
      `is given a secret in ${variable}`,
    );
  return found;
}

describe('the compose file', () => {
  const compose = (): Compose => parse(text('docker-compose.yml'), { merge: true });

  /** Sets the value at this path, such as `setup user` or `networks edge name`; `+` appends to the list there. */
  function plant(box: Compose, path: string, value: unknown): void {
    const names = path.split(' ');
    const last = names.pop() ?? '';
    let parent: Record<string, unknown> = path.startsWith('networks ') ? box : box.services;
    for (const name of names) parent = parent[name] as Record<string, unknown>;
    if (Array.isArray(parent)) parent.push(value);
    else parent[last] = value;
  }

  test('has no violation of the rules of the box', () => {
    expect(composeViolations(compose())).toEqual([]);
  });

  test.each<[string, string, unknown, string]>([
    [
      'the core mounts the cipher’s keys',
      'chat-core volumes +',
      'cipher-keys:/keys/cipher:ro',
      'core mounts',
    ],
    [
      'the cipher mounts the core’s keys',
      'cipher-service volumes +',
      'core-keys:/keys/core:ro',
      'service mounts',
    ],
    ['the cipher mounts the data', 'cipher-service volumes +', 'data:/data', 'cipher-service mounts'],
    [
      'the core may write its keys',
      'chat-core volumes',
      ['data:/data', 'core-keys:/keys/core'],
      'chat-core mounts',
    ],
    [
      'the core has the engine’s socket',
      'chat-core volumes +',
      '/var/run/docker.sock:/s.sock',
      'chat-core mounts',
    ],
    ['the cipher publishes its port', 'cipher-service ports', ['8443:8443'], 'cipher-service publishes'],
    ['the core listens on every address by default', 'chat-core ports', ['8080:8080'], 'chat-core publishes'],
    ['the cipher joins the edge', 'cipher-service networks', ['backend', 'edge'], 'cipher-service is on'],
    ['the set-up has a network', 'setup network_mode', undefined, 'setup has a wrong network'],
    ['the backend reaches out', 'networks backend internal', false, 'backend is not internal'],
    ['the host has an address on the backend', 'networks backend driver_opts', {}, 'The host has an address'],
    ['the root file system is writable', 'chat-core read_only', false, 'read_only'],
    ['a capability stays', 'setup cap_drop', ['NET_RAW'], 'cap_drop'],
    ['a capability comes back', 'chat-core cap_add', ['NET_RAW'], 'cap_add'],
    ['a service runs as root', 'chat-core user', 'root', 'has user'],
    ['a service is privileged', 'cloudflared privileged', true, 'has privileged'],
    ['privileges may grow', 'cipher-service security_opt', [], 'security_opt'],
    ['memory has no limit', 'chat-core mem_limit', undefined, 'mem_limit'],
    ['the cipher has no health check', 'cipher-service healthcheck', undefined, 'another healthcheck'],
    [
      'a health check leaves a hanging core',
      'chat-core healthcheck test',
      ['CMD', 'wget'],
      'another healthcheck',
    ],
    ['the core is the first process, which nothing kills', 'chat-core init', undefined, 'end PID 1'],
    ['another prefix would not change the network', 'networks edge name', undefined, 'edge keeps its name'],
    [
      'another command loses the heap limit',
      'chat-core command',
      ['node', 'chat-core/src/main.ts'],
      'overrides',
    ],
    ['the tunnel’s token is no file', 'cloudflared environment TUNNEL_TOKEN', 'x', 'given a secret'],
    ['a secret is passed in the environment', 'chat-core environment TOKEN_KEY', 'x', 'given a secret'],
    ['all of edge is trusted', 'chat-core environment TRUSTED_PROXIES', '172.31.243.0/28', 'not cloudflared'],
    [
      'cloudflared’s address is in the pool',
      'networks edge ipam config 0 ip_range',
      '172.31.243.0/29',
      'may be',
    ],
    ['the backup has a network', 'backup network_mode', undefined, 'backup has a wrong network'],
    ['the backup is on edge', 'backup networks', ['edge'], 'backup is on'],
    ['the backup may write the data', 'backup volumes', ['data:/data'], 'backup mounts'],
    ['the backup starts with the box', 'backup profiles', undefined, 'without being called'],
    ['the backup runs another program', 'backup entrypoint', ['sh'], 'wrong entrypoint'],
    ['there is an eighth service', 'adminer', { image: 'adminer' }, 'known seven'],
  ])('is refused when %s', (_, path, value, sentence) => {
    const box = compose();
    plant(box, path, value);
    expect(composeViolations(box).join('\n')).toContain(sentence);
  });
});

test('docker-compose.oidc.yml sets every variable of a provider, and mounts its secret alone, for the core to read', () => {
  const { services }: Compose = parse(text('docker-compose.oidc.yml'));
  expect(Object.keys(services)).toEqual(['chat-core']);
  const { environment = {}, volumes, ...others } = services['chat-core'] ?? {};
  expect(Object.keys(environment).sort()).toEqual(Object.keys(OIDC_VARIABLES).sort());
  const target = environment.OIDC_CLIENT_SECRET_FILE;
  const bind = { create_host_path: false };
  const source = expect.stringContaining('{OIDC_CLIENT_SECRET_FILE:?}');
  expect(volumes).toEqual([{ type: 'bind', source, target, read_only: true, bind }]);
  expect(others).toEqual({});
});

/**
 * How a Dockerfile departs from the rules: last stage without tools, as `node`, with this command.
 * @returns sentences; none when every rule holds
 */
function imageViolations(dockerfile: string, command: string[]): string[] {
  const found: string[] = [];
  const rule = (holds: boolean, sentence: string) => holds || found.push(sentence);
  const lines = dockerfile.replace(/\\\n/g, ' ').split('\n');
  const stages = lines.filter((line) => line.startsWith('FROM '));
  const last = lines.slice(lines.lastIndexOf(stages.at(-1) ?? '') + 1);
  const all = (start: string) => last.filter((line) => line.startsWith(start)).join();
  rule(stages.length > 1, 'It has one stage.');
  const isBase = (stage: string) =>
    /^FROM node:24(\.\d+\.\d+)?-alpine(@sha256:[0-9a-f]{64})?( AS \w+)?$/.test(stage);
  rule(stages.every(isBase), 'A stage is not from Node 24 on Alpine.');
  rule(new Set(fetchedImages(dockerfile)).size === 1, 'The stages have different bases.');
  rule(!/^# *syntax=/im.test(dockerfile), 'It asks for another Dockerfile frontend.');
  const instructions = dockerfile.replace(/^#.*$/gm, '');
  rule(!/\b(apk|apt-get|gcc|g\+\+|make|python3?)\b/.test(instructions), 'It installs tools.');
  rule(!last.some((line) => /^RUN .*\bnpm (ci|i|install|run)\b/.test(line)), 'npm runs in the last stage.');
  rule(all('USER ') === 'USER node', 'It does not run as node.');
  const isInput = (line: string) => /^(ARG|ADD|ENV .*(SECRET|TOKEN|PASS))/.test(line);
  rule(!lines.some(isInput), 'It takes something from outside.');
  rule(all('CMD ') === `CMD ${JSON.stringify(command).replaceAll(',', ', ')}`, 'The command is another.');
  return found;
}

describe('the images', () => {
  const CORE = ['node', ...CORE_OPTIONS, 'chat-core/src/main.ts'];

  test('run as node, without tools, the core with 512 MB of old space', () => {
    expect(imageViolations(text('chat-core/Dockerfile'), CORE)).toEqual([]);
    const cipher = ['node', ...CIPHER_OPTIONS, 'cipher-service/src/main.ts'];
    expect(imageViolations(text('cipher-service/Dockerfile'), cipher)).toEqual([]);
  });

  test.each([
    ['USER node', 'USER root', 'as node'],
    ['USER node', '', 'as node'],
    ['"--max-old-space-size=512", ', '', 'command'],
    ['USER node', 'RUN apk add python3\nUSER node', 'installs tools'],
    ['USER node', 'RUN npm install express\nUSER node', 'npm runs'],
    ['-alpine', '', 'Node 24 on Alpine'],
    ['FROM node:24', 'FROM node:22', 'Node 24 on Alpine'],
    ['FROM node:24', 'FROM node:24.0.0', 'different bases'],
    ['FROM node', '# syntax=docker/dockerfile:1\nFROM node', 'frontend'],
    ['WORKDIR /app', 'ARG TOKEN\nWORKDIR /app', 'from outside'],
  ])('are refused when %j becomes %j', (from, to, sentence) => {
    const dockerfile = text('chat-core/Dockerfile');
    expect(dockerfile).toContain(from);
    expect(imageViolations(dockerfile.replace(from, to), CORE).join('\n')).toContain(sentence);
  });
});

test('the example of docs/secrets.md mounts a file for a setting of the core, and takes back the value that the compose file sets', () => {
  const [, block = ''] = /```yaml\n([\s\S]*?)```/.exec(text('docs/secrets.md')) ?? [];
  const example = parse(block) as {
    services: { 'chat-core': { environment: Record<string, string>; secrets: string[] } };
    secrets: Record<string, { file: string }>;
  };
  const { environment, secrets } = example.services['chat-core'];
  const known =
    (parse(text('docker-compose.yml'), { merge: true }) as Compose).services['chat-core']?.environment ?? {};
  const files = Object.entries(environment).filter(([name]) => name.endsWith('_FILE'));
  expect(files.map(([, path]) => path)).toEqual(secrets.map((name) => `/run/secrets/${name}`));
  for (const [name] of files) {
    const setting = name.replace(/_FILE$/, '');
    expect([setting in known, environment[setting]]).toEqual([true, '']);
  }
  expect(Object.keys(example.secrets)).toEqual(secrets);
});
