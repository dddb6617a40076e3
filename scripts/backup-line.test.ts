import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bisik-line-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs a line of a document with a `docker` program that writes this output and ends with this code. */
function run(line: string, writes: string, code: number): void {
  writeFileSync(join(folder, 'docker'), `#!/bin/sh\nprintf '%s' '${writes}'\nexit ${code}\n`);
  chmodSync(join(folder, 'docker'), 0o700);
  try {
    execFileSync('sh', ['-c', line], { cwd: folder, env: { PATH: `${folder}:${process.env.PATH}` } });
  } catch {
    // Only the files that it leaves are checked.
  }
}

describe.each(['docs/backup.md', 'docs/self-hosting.md', 'docs/self-hosting.id.md'])('%s', (page) => {
  const [line = ''] = readFileSync(join(root, page), 'utf8').match(/^.*run --rm -T backup - .*$/m) ?? [];

  it('the backup line of the document creates a file for its owner only, and a failed run does not replace it', () => {
    run(line, 'good', 0);
    const [name = ''] = readdirSync(folder).filter((one) => one.endsWith('.age'));
    const path = join(folder, name);
    expect(readFileSync(path, 'utf8')).toBe('good');
    expect(statSync(path).mode & 0o077).toBe(0);
    run(line, 'half', 1);
    expect(readFileSync(path, 'utf8')).toBe('good');
    run(line, 'better', 0);
    expect(readFileSync(path, 'utf8')).toBe('better');
    expect(readdirSync(folder).sort()).toEqual([name, 'docker']);
  });
});
