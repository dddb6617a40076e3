import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchedImages, formatImage, parseImage, RegistryAway, resolveImage } from './base-images.ts';
import { noticesIn } from './notice.ts';

const PROGRAM = fileURLToPath(new URL('pin-images.ts', import.meta.url));
const hash = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** A registry with a token service, by the distribution specification 1.1; `documents` are served by their digest or tag. */
const hub = {
  documents: new Map<string, { type: string; body: string }>(),
  asked: [] as string[],
  forged: '',
};
const server = createServer((request, response) => {
  const url = new URL(request.url ?? '', base());
  hub.asked.push(url.pathname);
  if (url.pathname === '/token') {
    const scope = url.searchParams.get('scope');
    return void response.end(JSON.stringify({ token: `${url.searchParams.get('service')} ${scope}` }));
  }
  const [, repository = '', reference = ''] =
    /^\/v2\/(.+)\/(?:manifests|blobs)\/([^/]+)$/.exec(url.pathname) ?? [];
  if (request.headers.authorization !== `Bearer hub repository:${repository}:pull`) {
    response.setHeader('WWW-Authenticate', `Bearer realm="${base()}/token",service="hub",scope="x"`);
    return void response.writeHead(401).end();
  }
  const found = hub.documents.get(`${repository} ${reference}`);
  if (!found) return void response.writeHead(404).end('{"errors":[]}');
  response.setHeader('Content-Type', found.type).setHeader('Docker-Content-Digest', hash(found.body));
  response.end(found.body + (hub.forged === reference ? ' ' : ''));
});
const base = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
beforeEach(async () => {
  Object.assign(hub, { documents: new Map(), asked: [], forged: '' });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
});

/** An address at which nothing answers. */
async function closedPort(): Promise<string> {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  other.close();
  await once(other, 'close');
  return `http://127.0.0.1:${port}`;
}

const put = (repository: string, type: string, content: object, ...tags: string[]) => {
  const body = JSON.stringify(content);
  for (const reference of [hash(body), ...tags])
    hub.documents.set(`${repository} ${reference}`, {
      type: `application/vnd.oci.image.${type}.v1+json`,
      body,
    });
  return hash(body);
};
/** Publishes an image for two processors under these tags; returns the digest of its index. */
function publish(repository: string, env: string[], ...tags: string[]) {
  const digest = put(repository, 'config', { config: { Env: env } });
  const amd64 = put(repository, 'manifest', { config: { digest } });
  const manifests = ['arm64', 'amd64'].map((architecture) => ({ digest: amd64, platform: { architecture } }));
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  return { index: put(repository, 'index', { mediaType, manifests }, ...tags), amd64, config: digest };
}

describe('the images that are fetched', () => {
  it('are found in Dockerfiles and compose files, and stages and images that are built here are none', () => {
    const dockerfile = `FROM node:24-alpine AS page\nFROM --platform=linux/amd64 node:24-alpine@${hash('')} AS all
FROM page\nCOPY --from=busybox:1.37 /bin/sh /\nCOPY --chown=1:1 --from=page /a /b\nCOPY chat-core/src /\nFROM scratch`;
    expect(fetchedImages(dockerfile)).toEqual([
      'node:24-alpine',
      `node:24-alpine@${hash('')}`,
      'busybox:1.37',
    ]);
    const compose = 'services:\n  a:\n    image: bisik-core\n  b:\n    image: "redis:7"\n';
    expect(fetchedImages(compose, ['bisik-core'])).toEqual(['redis:7']);
  });

  it('keep registry, tag and digest of their name', () => {
    for (const name of ['node:24-alpine', `ghcr.io/a/b:1.2@${hash('x')}`, 'localhost:5000/a:1'])
      expect(formatImage(parseImage(name))).toBe(name);
    expect(formatImage(parseImage('localhost:5000/a'))).toBe('localhost:5000/a:latest');
    for (const name of ['', 'Node', 'node:24@sha256:12', 'a b', '$BASE'])
      expect(() => parseImage(name)).toThrow('names no image');
  });
});

describe('what a registry says of a tag', () => {
  const resolve = (tag = '24-alpine') => resolveImage({ repository: 'node', tag }, { registry: base() });

  it('is the digest of the index of all processors, and the version of Node in its image', async () => {
    const { index } = publish('library/node', ['PATH=/bin', 'NODE_VERSION=24.21.0'], '24-alpine');
    expect(await resolve()).toEqual({ digest: index, nodeVersion: '24.21.0' });
  });

  it('is refused where bytes and digest differ, on each way down', async () => {
    const { amd64, config } = publish('library/node', ['NODE_VERSION=24.21.0'], '24-alpine');
    for (const forged of ['24-alpine', amd64, config]) {
      hub.forged = forged;
      await expect(resolve()).rejects.toThrow(/^The registry (says|answers)/);
    }
  });

  it('is refused where the tag stands for one processor alone', async () => {
    put('library/node', 'manifest', { mediaType: 'application/vnd.oci.image.manifest.v1+json' }, '24-alpine');
    await expect(resolve()).rejects.toThrow('no index of several platforms');
  });

  it('is refused where it has no such tag', async () => {
    await expect(resolve('99')).rejects.toThrow('The registry has no node:99.');
    await expect(resolve('99')).rejects.not.toBeInstanceOf(RegistryAway);
  });

  it('counts as no answer where the registry is not there, or does not answer in time', async () => {
    const nowhere = { registry: await closedPort() };
    await expect(resolveImage({ repository: 'node', tag: '24' }, nowhere)).rejects.toThrow('ECONNREFUSED');
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const registry = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const asked = resolveImage({ repository: 'node', tag: '24' }, { registry, timeoutMs: 100 });
    await expect(asked).rejects.toBeInstanceOf(RegistryAway);
    silent.close();
    silent.closeAllConnections();
  });
});

describe('npm run pin-images', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bisik-images-'));
    mkdirSync(join(folder, 'core'));
    write('core/Dockerfile', 'FROM node:24-alpine AS page\nRUN true\nFROM node:24-alpine\n');
    write(
      'docker-compose.yml',
      'services:\n  core:\n    image: bisik-core\n    build: .\n  t:\n    image: a/tunnel:1\n',
    );
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  async function run(args: string[] = [], registry = base(), CI = 'true') {
    const env = { ...process.env, CI, PIN_IMAGES_ROOT: folder, PIN_IMAGES_REGISTRY: registry };
    const child = spawn(process.execPath, [PROGRAM, ...args], { env });
    const [output, errors, [code]] = await Promise.all([
      child.stdout.toArray(),
      child.stderr.toArray(),
      once(child, 'exit'),
    ]);
    return { code, output: `${Buffer.concat(output)}`, errors: `${Buffer.concat(errors)}` };
  }

  it('writes each digest beside a tag with the version, and again when a newer image is there', async () => {
    const node = publish('library/node', ['NODE_VERSION=24.21.0'], '24-alpine', '24.21.0-alpine');
    const tunnel = publish('a/tunnel', [], '1');
    expect(await run()).toMatchObject({ code: 0, errors: '' });
    expect(read('core/Dockerfile')).toBe(
      `FROM node:24.21.0-alpine@${node.index} AS page\nRUN true\nFROM node:24.21.0-alpine@${node.index}\n`,
    );
    expect(read('docker-compose.yml')).toContain(
      `image: bisik-core\n    build: .\n  t:\n    image: a/tunnel:1@${tunnel.index}\n`,
    );
    const newer = publish('library/node', ['NODE_VERSION=24.22.1'], '24-alpine', '24.22.1-alpine');
    const other = publish('a/tunnel', ['x'], '2');
    expect(await run(['a/tunnel:2'])).toMatchObject({ code: 0, errors: '' });
    expect(read('core/Dockerfile')).toContain(`FROM node:24.22.1-alpine@${newer.index}\n`);
    expect(read('docker-compose.yml')).toContain(`image: a/tunnel:2@${other.index}\n`);
    // A tag of the whole version that is not this image is not written beside its digest.
    const rebuilt = publish('library/node', ['NODE_VERSION=24.22.1', 'BUILD=2'], '24-alpine');
    await run();
    expect(read('core/Dockerfile')).toContain(`FROM node:24-alpine@${rebuilt.index}\n`);
  });

  it('changes nothing where one image cannot be resolved, or is not one of these files', async () => {
    publish('library/node', [], '24-alpine');
    const before = [read('core/Dockerfile'), read('docker-compose.yml')];
    expect(await run()).toMatchObject({ code: 1, errors: expect.stringContaining('has no a/tunnel:1') });
    expect(await run(['redis:7'])).toMatchObject({ code: 1, errors: 'No file names the image redis.\n' });
    expect([read('core/Dockerfile'), read('docker-compose.yml')]).toEqual(before);
  });

  it('--check fails in CI on an image without a digest where the registry answers, and passes without asking when all have one', async () => {
    publish('library/node', [], '24-alpine');
    const { index } = publish('a/tunnel', [], '1');
    const check = async (CI: string) => {
      const { code, output } = await run(['--check'], base(), CI);
      return { code, text: noticesIn(output).join() };
    };
    const loose = /ARE NOT PINNED[\s\S]* npm run pin-images [\s\S]* node:24-alpine [\s\S]* a\/tunnel:1 /;
    expect(await check('true')).toEqual({ code: 1, text: expect.stringMatching(loose) });
    // Outside of CI it is a notice alone.
    expect(await check('')).toEqual({ code: 0, text: expect.stringMatching(loose) });
    write('docker-compose.yml', `services:\n  t:\n    image: a/tunnel:1@${index}\n`);
    expect((await check('true')).text).not.toContain('a/tunnel');
    await run();
    hub.asked = [];
    expect(await run(['--check'])).toMatchObject({
      code: 0,
      output: 'All 2 base images are pinned by digest.\n',
    });
    expect(hub.asked).toEqual([]);
  });

  it('--check says in a notice which images have no digest where the registry does not answer', async () => {
    const { code, output } = await run(['--check'], await closedPort());
    const [text = ''] = noticesIn(output);
    expect(code).toBe(0);
    for (const part of [
      'ARE NOT PINNED',
      'ECONNREFUSED',
      'npm run pin-images',
      'node:24-alpine',
      'a/tunnel:1',
    ])
      expect(text).toContain(part);
  });
});
