import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Lints one line as a file of this repository, in a temporary folder with the same rules. */
function lint(file: string, line: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'bisik-lint-'));
  cpSync(join(root, 'biome.json'), join(folder, 'biome.json'));
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), `${line}\n`);
  const args = ['lint', '--vcs-enabled=false', '--reporter=github', file];
  const { stdout, stderr } = spawnSync(join(root, 'node_modules', '.bin', 'biome'), args, {
    cwd: folder,
    encoding: 'utf8',
  });
  rmSync(folder, { recursive: true });
  return stdout + stderr;
}

it('reading the environment outside config.ts is a lint error', () => {
  expect(lint('chat-core/src/auth/x.ts', 'export const a = process.env.A;')).toContain('noProcessEnv');
  expect(lint('chat-core/src/config.ts', 'export const a = process.env.A;')).not.toContain('noProcessEnv');
});

it('a default export is a lint error', () => {
  expect(lint('chat-core/src/auth/x.ts', 'export default 1;')).toContain('noDefaultExport');
});
