import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { formatCommands } from './command-form.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const sourcesIn = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => join(root, folder, name));
/** Every npm script that a text in these sources names; comments may name any. */
const namedIn = (folder: string) =>
  new Set(
    sourcesIn(folder)
      .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
      .filter((line) => !/^\s*(\*|\/\*|\/\/)/.test(line))
      .flatMap((line) => [...line.matchAll(/npm (?:run )?([a-z-]+)/g)].map(([, name = '']) => name)),
  );

describe('commands in printed texts', () => {
  it('in an image, they name the service of this core where the compose file has several', async () => {
    vi.stubEnv('BISIK_SERVICE', 'core-1');
    vi.resetModules();
    const { formatCommands: ofSeveral } = await import('./command-form.ts');
    vi.unstubAllEnvs();
    expect(ofSeveral('npm run invite', true)).toBe(
      'docker compose exec core-1 node chat-core/src/commands/invite.ts',
    );
  });

  it('in an image, a command is one that works without npm, with the same arguments', () => {
    expect(formatCommands('See npm run repair -- --help.', true)).toBe(
      'See docker compose run --rm chat-core node chat-core/src/commands/repair.ts --help.',
    );
    expect(formatCommands('Run npm run repair, or restore a backup.', true)).toBe(
      'Run docker compose run --rm chat-core node chat-core/src/commands/repair.ts, or restore a backup.',
    );
    expect(formatCommands('npm run invite makes the first invitation.', true)).toBe(
      'docker compose exec chat-core node chat-core/src/commands/invite.ts makes the first invitation.',
    );
  });

  it('outside an image, a command is the npm script', () => {
    expect(formatCommands('Run npm run repair, or restore a backup.', false)).toContain('npm run repair');
  });

  it('every npm script that a text of ours names has a Docker command', () => {
    const named = [...namedIn('chat-core/src')];
    expect(named.length).toBeGreaterThan(6);
    const left = named.filter((name) => formatCommands(`npm run ${name}`, true).includes('npm'));
    expect(left).toEqual([]);
    // cipher-service has no such table, so its texts must name no command.
    expect([...namedIn('cipher-service/src')]).toEqual([]);
  });

  it('every Docker command names a file that exists, and is in docs/commands.md or docs/backup.md', () => {
    const docs = ['commands', 'backup']
      .map((name) => readFileSync(join(root, `docs/${name}.md`), 'utf8'))
      .join();
    for (const name of [
      'invite',
      'reports',
      'reset-password',
      'verify',
      'repair',
      'import',
      'export',
      'backup',
    ]) {
      const form = formatCommands(`npm run ${name}`, true);
      const line =
        name === 'import'
          ? form.replace('--rm ', '--rm -v "$PWD/db.json:/db.json:ro" ')
          : form.replace(name === 'export' ? '--rm ' : ' ', name === 'export' ? '--rm -T ' : ' ');
      const file = / (chat-core\/\S+\.ts)$/.exec(form)?.[1];
      if (file) expect([file, existsSync(join(root, file))]).toEqual([file, true]);
      expect([line, docs.includes(line)]).toEqual([line, true]);
    }
  });

  it('the form of commands is chosen by an environment variable of the image', async () => {
    for (const service of ['chat-core', 'cipher-service'])
      expect(readFileSync(join(root, service, 'Dockerfile'), 'utf8')).toContain('BISIK_COMMANDS=docker');
    vi.stubEnv('BISIK_COMMANDS', 'docker');
    vi.resetModules();
    const image = await import('./command-form.ts');
    expect(image.formatCommands('npm run verify')).toContain('docker compose run');
    vi.unstubAllEnvs();
  });
});
