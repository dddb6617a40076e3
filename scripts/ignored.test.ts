import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { copiedFromContext, isIgnored } from './box/policy.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const text = (file: string) => readFileSync(join(root, file), 'utf8');
const git = (cwd: string, args: string[], input?: string) =>
  spawnSync('git', args, { cwd, encoding: 'utf8', ...(input !== undefined && { input }) }).stdout;
/** `safe.directory`: the clone may belong to another user than the one who tests it. */
const tracked = git(root, ['-c', `safe.directory=${root.replace(/\/$/, '')}`, 'ls-files'])
  .split('\n')
  .filter(Boolean);

const DOCKERFILES = ['chat-core/Dockerfile', 'cipher-service/Dockerfile'];
/** Folders and files that no image is made from, wherever a COPY may stand above them. */
const NOT_BUILT = /\.(test|contract)\.ts$|^[\w-]+\/(test|bench)\/|^[\w-]+\/(Dockerfile|tsconfig\.json)$/;
/** Names that features have had or may have, and that ignore files like to name. */
const NAMES = ['keys', 'data', 'dist', 'logs', 'build', 'tmp', 'cache', 'test', 'env', 'backup', 'secrets'];

/** The tracked files a Dockerfile needs and the ignore file would keep from it. */
function lost(dockerignore: string, dockerfile: string, files: string[]): string[] {
  const needed = copiedFromContext(text(dockerfile)).flatMap((source) => {
    const below = files.filter((file) => file === source || file.startsWith(`${source}/`));
    return below.length > 0 ? below : [`${source} (not in git)`];
  });
  return needed.filter((file) => !NOT_BUILT.test(file) && isIgnored(dockerignore, file));
}

describe('the build context of the images', () => {
  test('premise: git names the files of this repository', () => {
    expect(tracked).toContain('chat-frontend/src/ui/page-input/shortcut.ts');
    expect(copiedFromContext(text('chat-core/Dockerfile'))).toContain('chat-frontend');
  });

  test.each(DOCKERFILES)('holds every tracked file that %s copies', (dockerfile) => {
    expect(lost(text('.dockerignore'), dockerfile, tracked)).toEqual([]);
  });

  test('would miss the shortcuts of the page if every folder named keys were left out', () => {
    expect(lost(`${text('.dockerignore')}\n**/page-input`, 'chat-core/Dockerfile', tracked)).toContain(
      'chat-frontend/src/ui/page-input/shortcut.ts',
    );
  });

  test.each(NAMES)('takes in a new source folder named %s', (name) => {
    const sources = ['chat-core/src', 'cipher-service/src', 'chat-frontend/src/ui', 'chat-frontend/public'];
    const files = sources.map((folder) => `${folder}/${name}/new.ts`);
    expect(files.filter((file) => isIgnored(text('.dockerignore'), file))).toEqual([]);
  });

  test.each([
    'data/meta.json',
    'keys/cipher/keyring.json',
    'chat-core/data/meta.json',
    'chat-core/keys/core/token.key',
    'cipher-service/keys/cipher/ca.key.pem',
    'chat-frontend/dist/index.html',
    'chat-frontend/test/hostile.test.ts',
    'chat-core/test/flaws.test.ts',
    'chat-core/src/config.test.ts',
    'chat-frontend/node_modules/vite/package.json',
    'cloudflared/credentials.json',
    'bisik-2026-11-28.age',
    '.env',
    'chat-core/.env',
    'chat-core/src/.env',
    'npm-debug.log',
    '.git/config',
  ])('never holds %s', (path) => {
    expect(isIgnored(text('.dockerignore'), path)).toBe(true);
  });
});

describe('what git ignores', () => {
  /** Which of these paths a clone with this .gitignore would not offer to add. */
  function ignoredByGit(paths: string[]): string[] {
    const clone = mkdtempSync(join(tmpdir(), 'bisik-ignored-'));
    try {
      git(clone, ['init', '-q']);
      copyFileSync(join(root, '.gitignore'), join(clone, '.gitignore'));
      return git(clone, ['check-ignore', '--no-index', '--stdin'], paths.join('\n'))
        .split('\n')
        .filter(Boolean);
    } finally {
      rmSync(clone, { recursive: true });
    }
  }

  test('is no file that is tracked, and no new file in a folder of sources, whatever that folder is called', () => {
    const folders = [...new Set(tracked.map(dirname))].filter((folder) =>
      /^[\w-]+\/\w|^scripts/.test(folder),
    );
    expect(folders.length).toBeGreaterThan(50);
    const made = folders.flatMap((folder) => [folder, ...NAMES.map((name) => `${folder}/${name}`)]);
    expect(ignoredByGit([...tracked, ...made.map((folder) => `${folder}/new.ts`)])).toEqual([]);
  });

  test('are keys, data, backups and settings, where a start or a command leaves them', () => {
    const left = [
      'keys/core/token.key',
      'data/meta.json',
      'chat-core/data/meta.json',
      'bisik-2026-11-28.age',
      '.env',
      'node_modules/x/y.js',
      'chat-frontend/dist/index.html',
    ];
    expect(ignoredByGit(left)).toEqual(left);
  });
});
