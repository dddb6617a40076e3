import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasPostgres, startPostgres } from '../chat-core/test/support/postgres.ts';
import { findProgram } from './find-program.ts';
import { danglingReferences, readBlocks, schemaFlaws } from './terraform.ts';
import { AWS_SCHEMAS } from './terraform-aws.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'deploy/terraform-scale');
const text = globSync('*.tf', { cwd: folder })
  .sort()
  .map((name) => readFileSync(join(folder, name), 'utf8'))
  .join('\n');
const blocks = readBlocks(text);
const one = (type: string, name: string) =>
  blocks.find(({ kind, labels }) => kind !== 'data' && labels[0] === type && labels[1] === name);

describe('the Terraform files of several cores', () => {
  it('terraform fmt, where it is installed, would change nothing', () => {
    const terraform = findProgram('terraform', 'tofu');
    if (!terraform) return;
    const { status, stdout } = spawnSync(terraform, ['fmt', '-check', '-diff', folder], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, '']);
  });

  it('have attributes of the provider alone, and none that it needs is missing', () => {
    expect(schemaFlaws(blocks, AWS_SCHEMAS)).toEqual([]);
    expect(text).toMatch(/source += "hashicorp\/aws"\n +version = "6\.25\.0"/);
  });

  it('refer only to what is declared, and use each variable and local value', () => {
    expect(danglingReferences(blocks)).toEqual([]);
  });

  it('a planted wrong attribute, a missing one and a wrong reference are found', () => {
    const flaws = (from: string | RegExp, to: string) => {
      expect(text).toMatch(from);
      const changed = readBlocks(text.replace(from, to));
      return [...schemaFlaws(changed, AWS_SCHEMAS), ...danglingReferences(changed)].join('\n');
    };
    expect(flaws(/multi_az +=/, 'multi_zone =')).toBe('aws_db_instance.bisik has no attribute multi_zone');
    expect(flaws(/ {2}family +=.*\n/, '')).toMatch('needs the attribute family');
    expect(flaws('local.logs["core"]', 'local.log["core"]')).toContain('local.log');
    expect(flaws('aws_lb.bisik.dns_name', 'aws_lb.box.dns_name')).toContain('aws_lb.box');
  });

  it('open the balancer to people, a core to the balancer, the database to the cores, and nothing else', () => {
    const rules = blocks
      .filter(({ labels }) => labels[0] === 'aws_vpc_security_group_ingress_rule')
      .map(({ attributes: of }) =>
        ['security_group_id', 'cidr_ipv4', 'referenced_security_group_id', 'to_port'].map((name) =>
          of.get(name),
        ),
      );
    const group = (name: string) => `aws_security_group.${name}.id`;
    expect(rules).toEqual([
      [group('balancer'), '"0.0.0.0/0"', undefined, 'each.value'],
      [group('core'), undefined, group('balancer'), '8080'],
      [group('database'), undefined, group('core'), '5432'],
    ]);
    expect(one('aws_db_instance', 'bisik')?.attributes.get('publicly_accessible')).toBe('false');
  });

  /** The value of a local name: its lines. */
  const local = (name: string) =>
    new RegExp(`^  ${name} += [\\s\\S]*?^  \\}\\)?$`, 'm').exec(text)?.[0] ?? '';

  it('a cipher listens on the address of its task alone, with keys that its core does not mount', () => {
    expect(local('cipher')).toContain('{ name = "CIPHER_HOST", value = "127.0.0.1" }');
    expect(local('cipher')).not.toMatch(/portMappings|settings|core-keys/);
    expect(local('environment')).toContain('"https://127.0.0.1:8443"');
    for (const name of ['core', 'operator']) expect(local(name)).not.toContain('cipher-keys');
  });

  it('secrets are the matter of the containers that write them into files, and have no value in the state', () => {
    for (const name of ['cipher', 'core', 'operator']) expect(local(name)).not.toMatch(/secrets|valueFrom/);
    expect(blocks.map(({ labels }) => labels[0])).not.toContain('aws_secretsmanager_secret_version');
    expect(blocks.map(({ labels }) => labels[0])).not.toContain('aws_iam_access_key');
    expect(text).not.toMatch(/^ +(password|master_password) +=/m);
  });

  it('rights name what they are for: only actions that know no resources have all of them', () => {
    const wide = blocks.filter(
      ({ labels, text: own }) => labels[0] === 'aws_iam_policy_document' && own.includes('resources = ["*"]'),
    );
    expect(wide.map(({ labels }) => labels[1])).toEqual(['run']);
    expect(wide[0]?.text.match(/"[a-z]+:\w+"/g)?.every((action) => action.startsWith('"ssmmessages:'))).toBe(
      true,
    );
    // What is denied to everyone is no right.
    const actions = blocks.filter(({ labels }) => labels[1] !== 'bucket').map(({ text: own }) => own);
    expect(actions.join('\n')).not.toMatch(/"[a-z0-9]+:\*"/);
  });

  it('a load balancer holds a request longer than a poll is held, and lets open ones end', () => {
    expect(Number(one('aws_lb', 'bisik')?.attributes.get('idle_timeout'))).toBeGreaterThan(2 * 25);
    const target = one('aws_lb_target_group', 'cores')?.attributes;
    expect(target?.get('health_check.path')).toBe('"/health/ready"');
    const drain = Number(/DRAIN_SECONDS += "(\d+)"/.exec(text)?.[1]);
    // Two refused checks, five seconds apart, and what is open.
    expect(drain).toBeGreaterThan(2 * Number(target?.get('health_check.interval')));
    expect(Number(/stopTimeout += (\d+)/.exec(text)?.[1])).toBeGreaterThan(drain + 20);
  });
});

describe('what runs inside the tasks', () => {
  let made: string;
  beforeEach(() => {
    made = mkdtempSync(join(tmpdir(), 'bisik-task-'));
  });
  afterEach(() => rmSync(made, { recursive: true }));

  it('keys.sh writes each secret into its file, for the user of the services, and makes the certificates', () => {
    for (const name of ['keys/cipher', 'keys/core', 'settings', 'data', 'tmp'])
      mkdirSync(join(made, name), { recursive: true });
    const setUp = (keys: string) =>
      spawnSync(process.execPath, ['cipher-service/src/setup.ts'], {
        cwd: root,
        env: { KEYS_DIR: keys },
        encoding: 'utf8',
      });
    const own = join(made, 'own');
    setUp(own);
    const key = (name: string) => readFileSync(join(own, name));
    const script = readFileSync(join(folder, 'keys.sh'), 'utf8')
      .replaceAll(/(?<= |>)\/(keys|settings|data|tmp)\b/g, `${made}/$1`)
      // Only root may.
      .replace(/^chown .*$/m, '')
      .replace('node cipher-service', `"${process.execPath}" cipher-service`);
    const env = {
      ...process.env,
      KEYS_DIR: join(made, 'keys'),
      KEYRING: String(key('cipher/keyring.json')),
      TOKEN_KEY: key('core/token.key').toString('base64'),
      STORAGE_KEY: key('core/storage.key').toString('base64'),
      PUSH_KEY: key('core/push.key').toString('base64'),
      DATABASE_URL: 'postgres://bisik@database/bisik',
      DATABASE_CA: '-----BEGIN CERTIFICATE-----',
      FILES_KEY_ID: 'id',
      FILES_SECRET: 'secret',
    };
    const { status, stdout, stderr } = spawnSync('sh', ['-euc', script], {
      cwd: root,
      env,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    // Nothing that seals was made anew.
    expect(stdout).toMatch(/^Made (?!.*(keyring|token|storage|push)).*server\.pem/);
    for (const name of ['cipher/keyring.json', 'core/token.key', 'core/storage.key', 'core/push.key'])
      expect(readFileSync(join(made, 'keys', name))).toEqual(key(name));
    expect(readFileSync(join(made, 'settings/database-url'), 'utf8')).toBe('postgres://bisik@database/bisik');
    expect(statSync(join(made, 'settings/files-secret')).mode & 0o777).toBe(0o600);
  });

  it.runIf(hasPostgres)('prepare.mjs makes the user and the schema, and may run again', async () => {
    const postgres = await startPostgres();
    try {
      await postgres.run('create role administrator login createrole createdb');
      await postgres.run('create database bisik owner administrator');
      const host = new URL(postgres.url('bisik')).searchParams.get('host') ?? '';
      const args = ['--input-type=module', '--eval', readFileSync(join(folder, 'prepare.mjs'), 'utf8')];
      const run = (password: string) =>
        spawnSync(process.execPath, args, {
          cwd: join(root, 'chat-core'),
          env: { DATABASE_HOST: host, ADMINISTRATOR_PASSWORD: 'x', PASSWORD: password },
          encoding: 'utf8',
        });
      for (const password of ["a'b", 'c'])
        expect(run(password)).toMatchObject({
          status: 0,
          stdout: expect.stringContaining('user and the schema'),
          stderr: '',
        });
    } finally {
      await postgres.stop();
    }
  });
});
