import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { CORE_OPTIONS } from '../../chat-core/src/node-options.ts';
import { type Compose, composeViolations, imageViolations, type Service } from './policy.ts';

const root = new URL('../../', import.meta.url);
const text = (file: string) => readFileSync(new URL(file, root), 'utf8');
const compose = (): Compose => parse(text('docker-compose.yml'), { merge: true });

const CORE = ['node', ...CORE_OPTIONS, 'chat-core/src/main.ts'];
const CIPHER = ['node', 'cipher-service/src/main.ts'];

function service(box: Compose, name: string): Service {
  const found = box.services[name];
  if (!found) throw new Error(`no service ${name}`);
  return found;
}

describe('the compose file', () => {
  test('keeps every rule of the box', () => {
    expect(composeViolations(compose())).toEqual([]);
  });

  const planted: [string, (box: Compose) => void, string][] = [
    [
      'the core mounts the keys of the cipher',
      (box) => service(box, 'chat-core').volumes?.push('cipher-keys:/keys/cipher:ro'),
      'chat-core mounts',
    ],
    [
      'the cipher mounts the keys of the core',
      (box) => service(box, 'cipher-service').volumes?.push('core-keys:/keys/core:ro'),
      'cipher-service mounts',
    ],
    [
      'the cipher mounts the data',
      (box) => service(box, 'cipher-service').volumes?.push('data:/data'),
      'cipher-service mounts',
    ],
    [
      'the core may write its keys',
      (box) => Object.assign(service(box, 'chat-core'), { volumes: ['data:/data', 'core-keys:/keys/core'] }),
      'chat-core mounts',
    ],
    [
      'the engine’s socket is handed in',
      (box) => service(box, 'chat-core').volumes?.push('/var/run/docker.sock:/var/run/docker.sock'),
      'chat-core mounts',
    ],
    [
      'the cipher publishes its port',
      (box) => Object.assign(service(box, 'cipher-service'), { ports: ['8443:8443'] }),
      'cipher-service publishes',
    ],
    [
      'the core listens on every address by default',
      (box) => Object.assign(service(box, 'chat-core'), { ports: ['8080:8080'] }),
      'chat-core publishes',
    ],
    [
      'the cipher joins the edge',
      (box) => Object.assign(service(box, 'cipher-service'), { networks: ['backend', 'edge'] }),
      'cipher-service is on',
    ],
    [
      'the set-up has a network',
      (box) => Object.assign(service(box, 'setup'), { network_mode: undefined }),
      'setup: wrong network_mode',
    ],
    [
      'the backend reaches out',
      (box) => Object.assign(box.networks.backend ?? {}, { internal: false }),
      'backend is not internal',
    ],
    [
      'the host has an address on the backend',
      (box) => Object.assign(box.networks.backend ?? {}, { driver_opts: {} }),
      'The host has an address',
    ],
    [
      'the root file system is writable',
      (box) => Object.assign(service(box, 'chat-core'), { read_only: false }),
      'read_only',
    ],
    [
      'a capability stays',
      (box) => Object.assign(service(box, 'setup'), { cap_drop: ['NET_RAW'] }),
      'cap_drop',
    ],
    [
      'a capability comes back',
      (box) => Object.assign(service(box, 'chat-core'), { cap_add: ['NET_RAW'] }),
      'cap_add',
    ],
    [
      'a service runs as root',
      (box) => Object.assign(service(box, 'chat-core'), { user: 'root' }),
      'has user',
    ],
    [
      'a service is privileged',
      (box) => Object.assign(service(box, 'cloudflared'), { privileged: true }),
      'has privileged',
    ],
    [
      'privileges may grow',
      (box) => Object.assign(service(box, 'cipher-service'), { security_opt: [] }),
      'security_opt',
    ],
    [
      'memory has no limit',
      (box) => Object.assign(service(box, 'chat-core'), { mem_limit: undefined }),
      'mem_limit',
    ],
    [
      'nobody asks after the health of the cipher',
      (box) => Object.assign(service(box, 'cipher-service'), { healthcheck: undefined }),
      'another healthcheck, or none',
    ],
    [
      'the core is asked for its health in a way that leaves it hanging',
      (box) => Object.assign(service(box, 'chat-core').healthcheck ?? {}, { test: ['CMD', 'wget'] }),
      'another healthcheck, or none',
    ],
    [
      'the core is the first process, which nothing within its container can kill',
      (box) => Object.assign(service(box, 'chat-core'), { init: undefined }),
      'cannot end PID 1',
    ],
    [
      'another prefix would leave the network as it is',
      (box) => Object.assign(box.networks.edge ?? {}, { name: undefined }),
      'edge keeps its name',
    ],
    [
      'the heap limit is lost to another command',
      (box) => Object.assign(service(box, 'chat-core'), { command: ['node', 'chat-core/src/main.ts'] }),
      'overrides',
    ],
    [
      'a secret travels by the environment',
      (box) => Object.assign(service(box, 'chat-core').environment ?? {}, { TOKEN_KEY: 'x' }),
      'given a secret',
    ],
    [
      'the whole edge is trusted',
      (box) =>
        Object.assign(service(box, 'chat-core').environment ?? {}, { TRUSTED_PROXIES: '172.31.243.0/28' }),
      'not cloudflared alone',
    ],
    [
      'the address of cloudflared may go to another',
      (box) => Object.assign(box.networks.edge?.ipam?.config[0] ?? {}, { ip_range: '172.31.243.0/29' }),
      'may be given to another',
    ],
    [
      'the backup has a network',
      (box) => Object.assign(service(box, 'backup'), { network_mode: undefined, networks: ['edge'] }),
      'backup: wrong network_mode',
    ],
    [
      'the backup may write the data',
      (box) => Object.assign(service(box, 'backup'), { volumes: ['data:/data'] }),
      'backup mounts',
    ],
    [
      'the backup starts with the box',
      (box) => Object.assign(service(box, 'backup'), { profiles: undefined }),
      'without being called',
    ],
    [
      'the backup does something else',
      (box) => Object.assign(service(box, 'backup'), { entrypoint: ['sh'] }),
      'backup: wrong entrypoint',
    ],
    [
      'a sixth service moves in',
      (box) => Object.assign(box.services, { adminer: { image: 'adminer' } }),
      'known five',
    ],
  ];

  test.each(planted)('is refused when %s', (_, plant, sentence) => {
    const box = compose();
    plant(box);
    expect(composeViolations(box).join('\n')).toContain(sentence);
  });
});

describe('the images', () => {
  test('run as node, without tools, the core with 512 MB of old space', () => {
    expect(imageViolations(text('chat-core/Dockerfile'), CORE)).toEqual([]);
    expect(imageViolations(text('cipher-service/Dockerfile'), CIPHER)).toEqual([]);
  });

  test.each([
    ['USER node', 'USER root', 'as node'],
    ['USER node', '', 'as node'],
    ['"--max-old-space-size=512", ', '', 'command'],
    ['USER node', 'RUN apk add python3\nUSER node', 'installs tools'],
    ['USER node', 'RUN npm install express\nUSER node', 'npm runs'],
    ['FROM node:24-alpine\n', 'FROM node:24\n', 'node:24-alpine'],
    ['FROM node', '# syntax=docker/dockerfile:1\nFROM node', 'frontend'],
    ['WORKDIR /app', 'ARG TOKEN\nWORKDIR /app', 'from outside'],
  ])('are refused when %j becomes %j', (from, to, sentence) => {
    const dockerfile = text('chat-core/Dockerfile');
    expect(dockerfile).toContain(from);
    expect(imageViolations(dockerfile.replace(from, to), CORE).join('\n')).toContain(sentence);
  });
});
