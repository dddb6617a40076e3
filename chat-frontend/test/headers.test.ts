import { expect, test } from 'vitest';
import { checkApiBase, headersFile, pageHeaders, vercelFile } from '../headers.ts';

const api = 'https://chat.example.org/api';
const policyOf = (apiBase?: string) =>
  pageHeaders(apiBase).find(({ key }) => key === 'Content-Security-Policy')?.value ?? '';

test('the content security policy allows own files, the API, and nothing else', () => {
  expect(policyOf()).toContain("connect-src 'self';");
  expect(policyOf(api)).toContain("connect-src 'self' https://chat.example.org;");
  for (const policy of [policyOf(), policyOf(api)]) {
    expect(policy).toContain("img-src 'self' data: blob:;");
    expect(policy).not.toMatch(/(script|worker|style|connect|frame|object|default)-src [^;]*blob:/);
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self';/);
    expect(policy).toContain("require-trusted-types-for 'script'; trusted-types bisik-worker");
    expect(policy).toContain("base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*|upgrade-insecure-requests/);
  }
});

test('the page may play media from memory and from the API, and use its own microphone and camera', () => {
  expect(policyOf()).toContain("media-src blob: 'self';");
  expect(policyOf(api)).toContain("media-src blob: 'self' https://chat.example.org;");
  const permissions = pageHeaders(api).find(({ key }) => key === 'Permissions-Policy')?.value;
  expect(permissions).toMatch(/^camera=\(self\), microphone=\(self\), geolocation=\(\), /);
});

test('a page on a CDN has HSTS for a year and all names below its own, one of a box on the home network none', () => {
  expect(headersFile(undefined)).not.toContain('Strict-Transport-Security');
  expect(headersFile(api)).toContain('Strict-Transport-Security: max-age=31536000; includeSubDomains\n');
});

test('both header files set the same headers for every path', () => {
  const { headers } = JSON.parse(vercelFile(api)) as {
    headers: { source: string; headers: { key: string; value: string }[] }[];
  };
  const [page, assets] = headers;
  expect(headers.map(({ source }) => source)).toEqual(['/(.*)', '/assets/(.*)']);
  const lines = headersFile(api)
    .split('\n')
    .map((line) => line.trim());
  for (const { key, value } of [...(page?.headers ?? []), ...(assets?.headers ?? [])]) {
    expect(lines).toContain(`${key}: ${value}`);
  }
  expect(page?.headers.at(-1)).toEqual({ key: 'Cache-Control', value: 'no-cache' });
  expect(assets?.headers).toEqual([{ key: 'Cache-Control', value: 'public, max-age=31536000, immutable' }]);
});

test('a trailing slash of API_BASE is ignored', () => {
  expect(checkApiBase(`${api}/`)).toBe(api);
});

test.each(['ftp://x', 'chat.example.org/api', '/api', `${api}?x`, `${api}#x`, 'https://a:b@x/api'])(
  'API_BASE=%s is refused with a message that names the variable',
  (value) => {
    expect(() => checkApiBase(value)).toThrow(/^API_BASE /);
  },
);

test('API_BASE may be a plain URL, or be absent for the own origin', () => {
  expect(checkApiBase(api)).toBe(api);
  expect(checkApiBase('http://192.168.1.7:8080/api')).toBe('http://192.168.1.7:8080/api');
  expect(checkApiBase(undefined)).toBeUndefined();
  expect(checkApiBase('')).toBeUndefined();
});
