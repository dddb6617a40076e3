import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { noticesIn } from './notice.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** The endpoint of docs.npmjs.com/cli/v11/commands/npm-audit, “Bulk Advisory Endpoint”. */
const BULK = 'POST /-/npm/v1/security/advisories/bulk';

/** An advisory, with the fields that page names. */
const advisory = (severity: string, vulnerable_versions: string) => ({
  id: 1_100_001,
  url: 'https://github.com/advisories/GHSA-0000-0000-0000',
  title: 'A flaw',
  severity,
  vulnerable_versions,
});

type Answer = (response: ServerResponse) => void;
const json: (body: object) => Answer = (body) => (response) =>
  response.setHeader('Content-Type', 'application/json').end(JSON.stringify(body));

let folder: string;
/** What the registry answers to the question for advisories; it knows no package. */
let answer: Answer;
let asked: Record<string, string[]> | undefined;
const registry = createServer(async (request: IncomingMessage, response: ServerResponse) => {
  const pieces = await request.toArray();
  if (`${request.method} ${request.url}` !== BULK) return void response.writeHead(404).end('{}');
  const bytes = Buffer.concat(pieces);
  asked = JSON.parse(`${request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes}`);
  answer(response);
});
beforeEach(async () => {
  asked = undefined;
  folder = mkdtempSync(join(tmpdir(), 'bisik-advisories-'));
  registry.listen(0, '127.0.0.1');
  await once(registry, 'listening');
});
afterEach(async () => {
  registry.close();
  registry.closeAllConnections();
  await once(registry, 'close');
  rmSync(folder, { recursive: true });
});

/** A project with one package for its services, and one for its tests. */
function project(): string {
  const cwd = join(folder, 'project');
  mkdirSync(cwd);
  const file = {
    name: 'p',
    version: '1.0.0',
    dependencies: { served: '1.0.0' },
    devDependencies: { tested: '1.0.0' },
  };
  const packages = {
    '': file,
    'node_modules/served': { version: '1.0.0' },
    'node_modules/tested': { version: '1.0.0', dev: true },
  };
  writeFileSync(join(cwd, 'package.json'), JSON.stringify(file));
  writeFileSync(join(cwd, 'package-lock.json'), JSON.stringify({ ...file, lockfileVersion: 3, packages }));
  return cwd;
}

/** Runs the step, which asks the registry of this test. npm caches advisories: not in the folder of this machine. */
async function runStep(cwd: string, settings: Record<string, string> = {}) {
  const { port } = registry.address() as AddressInfo;
  const npm = {
    registry: `http://127.0.0.1:${port}/`,
    cache: join(folder, 'cache'),
    update_notifier: 'false',
  };
  const variables = Object.entries({ ...npm, ...settings }).map(([name, value]) => [
    `npm_config_${name}`,
    value,
  ]);
  const child = spawn(process.execPath, [join(ROOT, 'scripts/advisories.ts')], {
    cwd,
    env: { ...process.env, ...Object.fromEntries(variables) },
  });
  const [output, errors, [code]] = await Promise.all([
    child.stdout.toArray(),
    child.stderr.toArray(),
    once(child, 'exit'),
  ]);
  return { code, output: `${Buffer.concat(output)}`, errors: `${Buffer.concat(errors)}` };
}

it('an advisory of level high on a package of the services fails the step, which names the package', async () => {
  answer = json({ express: [advisory('high', '<=5.3.0')] });
  const { code, errors } = await runStep(ROOT);
  expect([code, errors]).toEqual([1, expect.stringContaining('express: high')]);
  // The services' packages were asked for, in their version, and those for tests were not.
  expect(asked).toMatchObject({ express: ['5.3.0'], bcrypt: [expect.any(String)] });
  expect(asked).not.toHaveProperty('vitest');
});

it.each<[string, object]>([
  ['none', {}],
  ['only of a lower level', { served: [advisory('moderate', '*')] }],
])(
  'an answer with advisories, %s of which counts, passes and says that it was checked',
  async (_, advisories) => {
    answer = json(advisories);
    const { code, output } = await runStep(project());
    expect([code, output.trim()]).toEqual([0, 'No known flaw of level high or critical.']);
    expect(asked).toEqual({ served: ['1.0.0'] });
  },
);

it.each<[string, string, Answer, Record<string, string>]>([
  ['refuses the question', 'status 405', (response) => response.writeHead(405).end(), {}],
  ['does not answer in time', 'timeout', () => undefined, { fetch_timeout: '300' }],
  ['is not there', 'ECONNREFUSED', () => undefined, { registry: 'http://127.0.0.1:1/' }],
])('a registry that %s passes with a notice that nothing was checked', async (_, reason, given, settings) => {
  answer = given;
  const { code, output } = await runStep(project(), settings);
  const [text = '', ...others] = noticesIn(output);
  expect([code, others]).toEqual([0, []]);
  expect(text).toContain('WERE NOT CHECKED');
  expect(text).toMatch(new RegExp(reason, 'i'));
  expect(output).not.toContain('No known flaw');
});

it('a machine on which npm is set to stay offline, or not to audit, is asked all the same', async () => {
  answer = json({ served: [advisory('critical', '*')] });
  expect((await runStep(project(), { offline: 'true', audit: 'false' })).code).toBe(1);
});
