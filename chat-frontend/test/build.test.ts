import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPage } from './support/built-page.ts';

let built: ReturnType<typeof buildPage>;
const api = 'https://chat.example.org/api';
const read = (name: string) => readFileSync(join(built.folder, name));

beforeAll(() => {
  built = buildPage(api);
});

afterAll(() => built?.remove());

/** Kilobytes on the wire of all assets of a kind. */
function weight(ending: string): number {
  const names = readdirSync(join(built.folder, 'assets')).filter((name) => name.endsWith(ending));
  expect(names.length).toBeGreaterThan(0);
  return names.reduce((sum, name) => sum + gzipSync(read(`assets/${name}`), { level: 9 }).length, 0) / 1_000;
}

test('the page weighs at most 45 KB of script and 9 KB of style on first load', () => {
  expect(weight('.js')).toBeLessThanOrEqual(45);
  expect(weight('.css')).toBeLessThanOrEqual(9);
});

test('the worker knows every file of the build, and is small itself', () => {
  const worker = read('sw.js').toString();
  const names = readdirSync(join(built.folder, 'assets')).map((name) => `/assets/${name}`);
  for (const path of [...names, '/favicon.svg', '/manifest.webmanifest', '/icons/icon-192.png']) {
    expect(worker).toContain(`\`${path}\``);
  }
  for (const name of ['vercel.json', '_headers', 'sw.js']) expect(worker).not.toContain(`\`/${name}\``);
  expect(gzipSync(worker, { level: 9 }).length).toBeLessThanOrEqual(4_000);
});

test('the document carries no inline code and no foreign host', () => {
  const html = read('index.html').toString();
  expect(html).toMatch(/<script type="module" crossorigin src="\/assets\/[\w-]+\.js"><\/script>/);
  expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/);
  expect(html).not.toMatch(/https?:\/\//);
});

test('the address of the API is in the code and in the policy of both files', () => {
  const [script = ''] = readdirSync(join(built.folder, 'assets')).filter((name) => name.endsWith('.js'));
  expect(read(`assets/${script}`).toString()).toContain(api);
  for (const name of ['vercel.json', '_headers']) {
    expect(read(name).toString()).toContain("connect-src 'self' https://chat.example.org;");
  }
});
