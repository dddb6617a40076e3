import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeCompressed } from '../compress.ts';
import { buildPage } from './support/built-page.ts';

let built: ReturnType<typeof buildPage>;
const api = 'https://chat.example.org/api';
const read = (name: string) => readFileSync(join(built.folder, name));

beforeAll(() => {
  built = buildPage(api);
});

afterAll(() => built?.remove());

const COMPRESSED = /\.(br|gz)$/;
const weight = (...names: string[]) =>
  names.reduce((sum, name) => sum + gzipSync(read(`assets/${name}`), { level: 9 }).length, 0) / 1_000;

/** The assets with an ending: those the document names, which a browser fetches at once, and those loaded on demand. */
function assets(ending: string) {
  const html = read('index.html').toString();
  const all = readdirSync(join(built.folder, 'assets')).filter((name) => name.endsWith(ending));
  return {
    first: all.filter((name) => html.includes(name)),
    lazy: all.filter((name) => !html.includes(name)),
  };
}

test('the page weighs at most 45 KB of script and 9 KB of style on first load, in any language', () => {
  const { first, lazy } = assets('.js');
  const languages = lazy.filter((name) => /^(id|en)-/.test(name));
  expect(first.length).toBeGreaterThan(1);
  expect(languages.length).toBe(2);
  const heaviest = Math.max(...languages.map((name) => weight(name)));
  expect(weight(...first) + heaviest).toBeLessThanOrEqual(45);
  expect(weight(...assets('.css').first)).toBeLessThanOrEqual(9);
});

test('each lazy script weighs at most 20 KB and each lazy style 2 KB, and the first scripts import only one another', () => {
  const { first, lazy } = assets('.js');
  expect(lazy.length).toBeGreaterThan(2);
  for (const name of lazy) expect([name, weight(name) <= 20]).toEqual([name, true]);
  for (const name of assets('.css').lazy) expect([name, weight(name) <= 2]).toEqual([name, true]);
  const named = first.flatMap((name) => imports(name));
  expect(first).toEqual(expect.arrayContaining(named));
});

test('the first scripts have the hint to compile everything at once, the lazy ones do not', () => {
  const { first, lazy } = assets('.js');
  const isHinted = (name: string) =>
    read(`assets/${name}`).toString().startsWith('//# allFunctionsCalledOnLoad\n');
  expect(first.filter((name) => !isHinted(name))).toEqual([]);
  expect(lazy.filter(isHinted)).toEqual([]);
});

/** The static imports of a script. */
function imports(name: string): string[] {
  const code = read(`assets/${name}`).toString();
  return [...code.matchAll(/(?:from|import)\s*"\.\/([\w.-]+)"/g)].map(([, file]) => file ?? '');
}

test('each text file also exists in brotli and gzip, smaller and with the same content', () => {
  const names = readdirSync(built.folder, { recursive: true, encoding: 'utf8' });
  const small = names.filter((name) => COMPRESSED.test(name));
  for (const name of small) {
    const plain = read(name.replace(COMPRESSED, ''));
    const open = name.endsWith('.br') ? brotliDecompressSync : gunzipSync;
    expect([name, open(read(name)).equals(plain), read(name).length < plain.length]).toEqual([
      name,
      true,
      true,
    ]);
  }
  const heavy = names.filter((name) => /\.(html|js|css)$/.test(name) && read(name).length > 1_000);
  expect(heavy.length).toBeGreaterThan(5);
  for (const name of heavy) expect(small).toEqual(expect.arrayContaining([`${name}.br`, `${name}.gz`]));
  expect(small.filter((name) => /\.png\./.test(name))).toEqual([]);
});

test('the service worker lists every file of the build and weighs at most 4 KB', () => {
  const worker = read('sw.js').toString();
  const names = readdirSync(join(built.folder, 'assets'))
    .filter((name) => !COMPRESSED.test(name))
    .map((name) => `/assets/${name}`);
  for (const path of [...names, '/favicon.svg', '/manifest.webmanifest', '/icons/icon-192.png']) {
    const isListed = ['`', ','].some((end) => worker.includes(`${path}${end}`));
    expect([path, isListed]).toEqual([path, true]);
  }
  const [, script] =
    read('index.html')
      .toString()
      .match(/<script[^>]* src="([^"]+)"/) ?? [];
  expect(worker).toContain(`entry:\`${script}\``);
  expect(worker).not.toMatch(/\.(br|gz)`/);
  for (const name of ['vercel.json', '_headers', 'sw.js']) expect(worker).not.toContain(`\`/${name}\``);
  expect(gzipSync(worker, { level: 9 }).length).toBeLessThanOrEqual(4_000);
});

test('the document contains no inline code and no other host', () => {
  const html = read('index.html').toString();
  expect(html).toMatch(
    /<script type="module" blocking="render" crossorigin src="\/assets\/[\w-]+\.js"><\/script>/,
  );
  expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/);
  expect(html).not.toMatch(/https?:\/\//);
});

test('the URL of the API is in the code and in the policy of both header files', () => {
  const scripts = assets('.js').first.map((name) => read(`assets/${name}`).toString());
  expect(scripts.join()).toContain(api);
  for (const name of ['vercel.json', '_headers']) {
    expect(read(name).toString()).toContain("connect-src 'self' https://chat.example.org;");
  }
});

test('a build that fails names the import that could not be resolved, not the missing folder to compress', async () => {
  const root = mkdtempSync(join(tmpdir(), 'bisik-broken-'));
  writeFileSync(join(root, 'index.html'), '<script type="module" src="/main.ts"></script>');
  writeFileSync(join(root, 'main.ts'), "import './keys/gone.ts';");
  try {
    const broken = build({ root, configFile: false, logLevel: 'silent', plugins: [writeCompressed()] });
    await expect(broken).rejects.toThrow('keys/gone.ts');
  } finally {
    rmSync(root, { recursive: true });
  }
});
