import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (name: string) => readFileSync(join(root, name), 'utf8');
const lines = (name: string) => read(name).split('\n');

/** The depths of the headings of a page, without code blocks. */
function outline(text: string): number[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '');
  return [...prose.matchAll(/^(#+) /gm)].map(([, marks = '']) => marks.length);
}

/** The first cells of the table rows of a page. */
function firstCells(text: string): string[] {
  return [...text.matchAll(/^\| (`[^|]+`) \|/gm)].map(([, cell = '']) => cell);
}

const PAGES = ['README.md', 'README.id.md', 'SECURITY.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].concat(
  readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
);

describe('the documents', () => {
  it.each([
    ['README.md', 'README.id.md'],
    ['docs/self-hosting.md', 'docs/self-hosting.id.md'],
  ])('%s and %s have the same headings', (english, indonesian) => {
    expect(outline(read(indonesian))).toEqual(outline(read(english)));
    expect(outline(read(english)).length).toBeGreaterThan(3);
  });

  it('README has at most 80 lines and lists the same variables in both languages', () => {
    for (const name of ['README.md', 'README.id.md']) expect(lines(name).length).toBeLessThanOrEqual(81);
    expect(firstCells(read('README.id.md'))).toEqual(firstCells(read('README.md')));
    const known = [...read('chat-core/src/config.ts').matchAll(/^ {2}([A-Z_]+): /gm)].map(([, name]) => name);
    for (const name of known.filter((one) => one !== undefined)) {
      expect([name, read('README.md').includes(`\`${name}`)]).toEqual([name, true]);
    }
  });

  it.each(['docs/self-hosting.md', 'docs/self-hosting.id.md'])(
    'the update in %s is one command, and the page names the one that goes back',
    (page) => {
      expect(read(page)).toMatch(/```sh\n\.\/bisik update\n```/);
      expect(read(page)).toContain('`./bisik rollback`');
    },
  );

  it.each(['docs/self-hosting.md', 'docs/self-hosting.id.md', 'cloudflared/README.md'])(
    '%s starts the tunnel with COMPOSE_PROFILES, so that docker compose down also stops it',
    (page) => {
      expect(read(page)).toContain('COMPOSE_PROFILES=tunnel');
      expect(read(page)).not.toContain('--profile tunnel');
    },
  );

  it('evidence.md names its commit, whether the tree was clean, and the day', () => {
    expect(read('docs/evidence.md')).toMatch(
      /saw of commit [0-9a-f]{40} \((clean tree|with \d+ uncommitted files)\), 20\d\d-\d\d-\d\d /,
    );
  });

  it.each(PAGES)('%s links only to existing files', (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target = '']) => target);
    const missing = links.filter((target) => !existsSync(join(root, dirname(page), target)));
    expect(missing).toEqual([]);
  });

  it.each(['chat-core', 'chat-frontend'])(
    'architecture.md lists all folders of %s and no others',
    (workspace) => {
      const heading =
        workspace === 'chat-core' ? '## The folders of chat-core' : '## The folders of the page';
      const [, section = ''] = read('docs/architecture.md').split(heading);
      const [table = ''] = section.split('\n## ');
      const rows = [...table.matchAll(/^\| `([^`]+)\/` \|(.*)$/gm)];
      const listed = rows.flatMap(([, folder = '', holds = '']) => [
        folder,
        ...[...holds.matchAll(/`([\w-]+)\/`/g)].map(([, name]) => `${folder}/${name}`),
      ]);
      const src = join(root, workspace, 'src');
      const files = readdirSync(src, { recursive: true, withFileTypes: true }).filter((entry) =>
        entry.isFile(),
      );
      const folders = [...new Set(files.map(({ parentPath }) => relative(src, parentPath)))]
        .filter(Boolean)
        .sort();
      expect(listed.filter((folder) => !folders.includes(folder))).toEqual([]);
      const unlisted = folders.filter((folder) => !listed.includes(folder));
      expect(unlisted).toEqual(
        workspace === 'chat-core' ? ['storage/contract'] : ['assets', 'ui/form', 'ui/page-input'],
      );
    },
  );

  it('architecture.md has at most 120 lines', () => {
    expect(lines('docs/architecture.md').length).toBeLessThanOrEqual(121);
  });

  it('every source file that a document names exists', () => {
    const files = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n');
    const missing = PAGES.flatMap((page) =>
      [...read(page).matchAll(/`([\w./-]+\.(?:ts|css|mjs|sh))`/g)]
        .map(([, path = '']) => path)
        .filter((path) => !files.some((file) => file === path || file.endsWith(`/${path}`)))
        .map((path) => `${page} names ${path}`),
    );
    expect(missing).toEqual([]);
  });

  it('dependencies.md names every dependency at its version', () => {
    const rows = lines('docs/dependencies.md').map((line) =>
      line
        .split('|')
        .slice(1, 3)
        .map((cell) => cell.trim()),
    );
    for (const workspace of ['.', 'chat-core', 'cipher-service', 'chat-frontend']) {
      const { dependencies = {}, devDependencies = {} } = JSON.parse(read(join(workspace, 'package.json')));
      for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
        if (name.startsWith('@types/')) continue;
        const [, row] = rows.find(([names]) => names?.split(', ').includes(name)) ?? [];
        expect([name, row?.split(', ').includes(String(version))]).toEqual([name, true]);
      }
    }
  });
});
