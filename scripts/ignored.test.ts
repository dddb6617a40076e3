import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));
const text = (file: string) => readFileSync(join(root, file), 'utf8');
const git = (cwd: string, args: string[], input?: string) =>
  spawnSync('git', args, { cwd, encoding: 'utf8', ...(input !== undefined && { input }) }).stdout;
/** With `safe.directory`, because the clone may belong to another user. */
const tracked = git(root, ['-c', `safe.directory=${root.replace(/\/$/, '')}`, 'ls-files'])
  .split('\n')
  .filter(Boolean);

const DOCKERFILES = ['chat-core/Dockerfile', 'cipher-service/Dockerfile'];
/** Files that no image needs, even below a copied folder. */
const NOT_BUILT = /\.(test|contract)\.ts$|^[\w-]+\/(test|bench)\/|^[\w-]+\/(Dockerfile|tsconfig\.json)$/;
/** Names that ignore files often contain and that source folders may have. */
const NAMES = ['keys', 'data', 'dist', 'logs', 'build', 'tmp', 'cache', 'test', 'env', 'backup', 'secrets'];

/**
 * Whether a .dockerignore excludes a path from the build context, as Docker's own matcher decides: the last pattern
 * that matches the path or a folder above it counts, `*` stays within a folder, `**` is any number of them.
 * @param path relative to the context, with `/`
 */
function isIgnored(dockerignore: string, path: string): boolean {
  const parts = path.split('/');
  const candidates = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  let ignored = false;
  for (const line of dockerignore.split('\n').map((one) => one.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const pattern = toRegExp(line.replace(/^!/, ''));
    if (candidates.some((candidate) => pattern.test(candidate))) ignored = !line.startsWith('!');
  }
  return ignored;
}

function toRegExp(pattern: string): RegExp {
  const source = pattern
    .replace(/^\/|\/$/g, '')
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\/|\*\*|\*|\?/g, (wild) => WILD[wild] ?? wild);
  return new RegExp(`^${source}$`);
}

const WILD: Record<string, string> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' };

/** What the COPY lines of a Dockerfile take from the build context, without what they take from other stages. */
function copiedFromContext(dockerfile: string): string[] {
  return dockerfile
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => /^COPY /.test(line) && !line.includes('--from='))
    .flatMap((line) => line.split(/\s+/).slice(1, -1))
    .filter((word) => !word.startsWith('--'));
}

/** The tracked files that a Dockerfile needs and the ignore file excludes. */
function ignoredSources(dockerignore: string, dockerfile: string, files: string[]): string[] {
  const needed = copiedFromContext(text(dockerfile)).flatMap((source) => {
    const below = files.filter((file) => file === source || file.startsWith(`${source}/`));
    return below.length > 0 ? below : [`${source} (not in git)`];
  });
  return needed.filter((file) => !NOT_BUILT.test(file) && isIgnored(dockerignore, file));
}

describe('the build context of the images', () => {
  test('the premise holds that git lists the files of this repository', () => {
    expect(tracked).toContain('chat-frontend/src/ui/page-input/shortcut.ts');
    expect(copiedFromContext(text('chat-core/Dockerfile'))).toContain('chat-frontend');
  });

  test.each(DOCKERFILES)('the build context contains all tracked files that %s copies', (dockerfile) => {
    expect(ignoredSources(text('.dockerignore'), dockerfile, tracked)).toEqual([]);
  });

  test('an ignore pattern for page-input would exclude the shortcuts of the page', () => {
    expect(
      ignoredSources(`${text('.dockerignore')}\n**/page-input`, 'chat-core/Dockerfile', tracked),
    ).toContain('chat-frontend/src/ui/page-input/shortcut.ts');
  });

  test.each(NAMES)('the build context contains a new source folder named %s', (name) => {
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
    'tunnel/credentials.json',
    'tunnel/token',
    'bisik-2026-11-28.age',
    '.env',
    'chat-core/.env',
    'chat-core/src/.env',
    'npm-debug.log',
    '.git/config',
  ])('the build context never contains %s', (path) => {
    expect(isIgnored(text('.dockerignore'), path)).toBe(true);
  });
});

describe('files that git ignores', () => {
  /** The paths that a clone with this .gitignore ignores. */
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

  test('git ignores no tracked file and no new file in a source folder of any name', () => {
    const folders = [...new Set(tracked.map(dirname))].filter((folder) =>
      /^[\w-]+\/\w|^scripts/.test(folder),
    );
    expect(folders.length).toBeGreaterThan(50);
    const newFolders = folders.flatMap((folder) => [folder, ...NAMES.map((name) => `${folder}/${name}`)]);
    expect(ignoredByGit([...tracked, ...newFolders.map((folder) => `${folder}/new.ts`)])).toEqual([]);
  });

  test('git ignores keys, data, backups and settings in the places where programs create them', () => {
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
