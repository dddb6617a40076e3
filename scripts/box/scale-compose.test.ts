import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { FILES_VARIABLES } from '../../chat-core/src/files-settings.ts';
import { findProgram } from '../find-program.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (name: string) => readFileSync(`${ROOT}${name}`, 'utf8');

type Mount = string | { source: string; target: string; read_only?: boolean };
type Service = {
  networks?: string[] | Record<string, { aliases?: string[]; ipv4_address?: string } | null>;
  volumes?: Mount[];
  ports?: { host_ip?: string; published?: string; target: number }[];
  environment?: Record<string, string>;
  [key: string]: unknown;
};
type Network = { internal?: boolean; driver_opts?: Record<string, string> };
type Compose = { services: Record<string, Service>; networks: Record<string, Network> };

const HARDENED = {
  read_only: true,
  cap_drop: ['ALL'],
  security_opt: ['no-new-privileges:true'],
  ulimits: { core: 0 },
  logging: { driver: 'local', options: { 'max-size': '5m', 'max-file': '3' } },
};
/** The networks of each service; `none` is no network. */
const NETWORKS: Record<string, string[]> = {
  setup: ['none'],
  'cipher-1': ['cipher-1'],
  'cipher-2': ['cipher-2'],
  'core-1': ['edge', 'cipher-1', 'database'],
  'core-2': ['edge', 'cipher-2', 'database'],
  balancer: ['edge'],
  'postgres-1': ['database'],
  'postgres-2': ['database'],
  cloudflared: ['edge'],
};
/** Who mounts what is secret, or must not change. */
const MOUNTS: Record<string, string[]> = {
  'cipher-keys:/keys/cipher': ['setup'],
  'cipher-keys:/keys/cipher:ro': ['cipher-1', 'cipher-2'],
  'core-keys:/keys/core': ['setup'],
  'core-keys:/keys/core:ro': ['core-1', 'core-2'],
  './secrets/scale/database-url:/run/secrets/database-url:ro': ['core-1', 'core-2'],
  './secrets/scale/database-password:/run/secrets/database-password:ro': ['postgres-1', 'postgres-2'],
  './secrets/scale/replication-password:/run/secrets/replication-password:ro': ['postgres-1', 'postgres-2'],
  './secrets/scale/database.key:/run/secrets/database.key:ro': ['postgres-1', 'postgres-2'],
};
const FORBIDDEN = ['privileged', 'cap_add', 'devices', 'pid', 'ipc', 'env_file', 'secrets', 'extra_hosts'];

/** The value where the variable is not set: `${NAME:-value}` → `value`. */
const byDefault = (value = '') => value.replace(/\$\{\w+:-([^}]*)\}/g, '$1');
const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
const mountOf = (mount: Mount) =>
  typeof mount === 'string' ? mount : `${mount.source}:${mount.target}${mount.read_only ? ':ro' : ''}`;

/** How the compose file of several cores departs from its rules, one sentence each. */
function violations({ services, networks }: Compose): string[] {
  const found: string[] = [];
  const rule = (holds: boolean, sentence: string) => holds || found.push(sentence);
  rule(
    same(Object.keys(services).sort(), Object.keys(NETWORKS).sort()),
    'The services are not the known nine.',
  );
  for (const [name, service] of Object.entries(services)) {
    for (const [key, value] of Object.entries(HARDENED)) rule(same(service[key], value), `${name}: ${key}.`);
    for (const key of FORBIDDEN) rule(service[key] === undefined, `${name} has ${key}.`);
    rule(service.mem_limit !== undefined && Number(service.pids_limit) > 0, `${name} has no limit.`);
    const joined = Array.isArray(service.networks) ? service.networks : Object.keys(service.networks ?? {});
    const all = service.network_mode === 'none' ? ['none', ...joined] : joined;
    rule(same(all, NETWORKS[name]), `${name} is on ${all}.`);
    rule(service.user === (name.startsWith('postgres-') ? 'postgres' : undefined), `${name} has a user.`);
    const isOpen = service.ports?.some(({ host_ip }) => byDefault(host_ip) !== '127.0.0.1');
    rule(name === 'balancer' ? isOpen === false : service.ports === undefined, `${name} publishes ports.`);
    const runs = name === 'setup' || name === 'cloudflared';
    rule(runs || service.healthcheck !== undefined, `${name} has no health check.`);
    for (const variable of Object.keys(service.environment ?? {}))
      rule(
        !/KEY|SECRET|TOKEN|PASS|DATABASE_URL/i.test(variable) || variable.endsWith('_FILE'),
        `${name} is given a secret in ${variable}.`,
      );
    for (const mount of (service.volumes ?? []).map(mountOf)) {
      const isSecret = /keys|secrets/.test(mount) && !/database(-ca)?\.pem|counter/.test(mount);
      rule(!isSecret || MOUNTS[mount]?.includes(name) === true, `${name} mounts ${mount}.`);
      rule(!/docker\.sock|:\/:|^\/(?!$)/.test(mount), `${name} mounts ${mount} of the machine.`);
    }
  }
  for (const [name, network] of Object.entries(networks)) {
    if (name === 'edge') continue;
    rule(network.internal === true, `${name} is not internal.`);
    const inhibit = network.driver_opts?.['com.docker.network.bridge.inhibit_ipv4'];
    rule(inhibit === 'true', `The host has an address on ${name}.`);
  }
  return found;
}

describe('the compose file of several cores', () => {
  const compose = (): Compose => parse(read('docker-compose.scale.yml'), { merge: true });
  const planted = (change: (box: Compose) => void) => {
    const box = compose();
    change(box);
    return violations(box).join('\n');
  };
  const part = (box: Compose, name: string) => box.services[name] as Service;

  it('has no violation of its rules', () => {
    expect(violations(compose())).toEqual([]);
  });

  it('compose itself accepts it, where Docker is installed', () => {
    if (!findProgram('docker')) return;
    const args = [
      'compose',
      '--env-file',
      '/dev/null',
      '-f',
      'docker-compose.scale.yml',
      'config',
      '--quiet',
    ];
    const { status, stderr } = spawnSync('docker', args, { cwd: ROOT, encoding: 'utf8' });
    if (!/is not a docker command|unknown/.test(stderr))
      expect([status, stderr]).toEqual([0, expect.anything()]);
  });

  it.each<[string, (box: Compose) => void, string]>([
    [
      'a cipher joins the other’s network',
      (box) => (part(box, 'cipher-1').networks = ['cipher-2']),
      'cipher-1 is on',
    ],
    [
      'a core reaches the other’s cipher',
      (box) => (part(box, 'core-1').networks as string[]).push('cipher-2'),
      'core-1 is on',
    ],
    [
      'the balancer reaches the database',
      (box) => (part(box, 'balancer').networks = ['edge', 'database']),
      'balancer is on',
    ],
    [
      'a core reads the keyring',
      (box) => part(box, 'core-1').volumes?.push('cipher-keys:/keys/cipher:ro'),
      'core-1 mounts cipher-keys',
    ],
    [
      'a core may write its keys',
      (box) => part(box, 'core-2').volumes?.push('core-keys:/keys/core'),
      'core-2 mounts core-keys',
    ],
    [
      'the balancer has the password',
      (box) => (part(box, 'balancer').volumes ?? []).push('./secrets/scale/database-url:/a:ro'),
      'balancer mounts',
    ],
    [
      'the database publishes its port',
      (box) => (part(box, 'postgres-1').ports = [{ target: 5432 }]),
      'postgres-1 publishes',
    ],
    [
      'the balancer listens on all addresses',
      (box) => (part(box, 'balancer').ports = [{ target: 8080 }]),
      'balancer publishes',
    ],
    [
      'a password is a variable',
      (box) => Object.assign(part(box, 'core-1').environment ?? {}, { DATABASE_URL: 'x' }),
      'given a secret',
    ],
    ['a service is root', (box) => (part(box, 'postgres-2').user = 'root'), 'postgres-2 has a user'],
    ['a file system is writable', (box) => (part(box, 'balancer').read_only = false), 'balancer: read_only'],
    ['logs have no end', (box) => (part(box, 'core-1').logging = undefined), 'core-1: logging'],
    [
      'a network reaches out',
      (box) => Object.assign(box.networks.database ?? {}, { internal: false }),
      'database is not internal',
    ],
    ['a tenth service comes', (box) => (box.services.adminer = {}), 'known nine'],
  ])('is refused when %s', (_, change, sentence) => {
    expect(planted(change)).toContain(sentence);
  });

  it('gives the cores the settings of the box, and the same to both', () => {
    const box: Compose = parse(read('docker-compose.yml'), { merge: true });
    const ofBox = Object.keys(part(box, 'chat-core').environment ?? {});
    const { environment } = part(compose(), 'core-1');
    expect(part(compose(), 'core-2').environment).toEqual(environment);
    const ofScale = Object.keys(environment ?? {});
    // Several cores have no tunnel beside them, no flash of their own, and a balancer that names clients in one header.
    const missing = ofBox.filter((name) => !ofScale.includes(name));
    expect(missing).toEqual(['CLIENT_IP_HEADER', 'TUNNEL_METRICS', 'FLASH_ENDURANCE_TB']);
    expect(ofScale.filter((name) => !ofBox.includes(name))).toEqual([
      'BISIK_SERVICE',
      'DATABASE_URL_FILE',
      'FILES_DIR',
      'DRAIN_SECONDS',
    ]);
  });

  it('trusts the balancer and the tunnel alone, at addresses that no other container is given', () => {
    const { services } = compose();
    const addresses = ['cloudflared', 'balancer'].map((name) => {
      const { networks } = services[name] as Service;
      return byDefault((networks as Record<string, { ipv4_address?: string }>).edge?.ipv4_address);
    });
    expect(addresses).toEqual(['172.31.244.2', '172.31.244.3']);
    const trusted = byDefault(services['core-1']?.environment?.TRUSTED_PROXIES);
    expect(trusted).toBe('172.31.244.2/31=X-Forwarded-For,');
  });
});

test('docker-compose.scale-files.yml sets every variable of a bucket for both cores, and mounts its key alone', () => {
  const { services }: Compose = parse(read('docker-compose.scale-files.yml'));
  expect(Object.keys(services)).toEqual(['core-1', 'core-2']);
  expect(services['core-2']).toEqual(services['core-1']);
  const { environment = {}, volumes, ...others } = services['core-1'] ?? {};
  const known = Object.keys(FILES_VARIABLES).map((name) => (/KEY|SECRET/.test(name) ? `${name}_FILE` : name));
  expect(Object.keys(environment)).toEqual(known);
  expect(environment.FILES_DIR).toBe('');
  expect(volumes?.map(mountOf)).toEqual(
    ['files-key-id', 'files-secret'].map((name) => `./secrets/scale/${name}:/run/secrets/${name}:ro`),
  );
  expect(others).toEqual({});
});
