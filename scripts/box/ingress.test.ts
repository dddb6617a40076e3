import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Rule, refusals, route } from './ingress.ts';

type Tunnel = { tunnel: string; 'credentials-file': string; ingress: Rule[] };
const file = readFileSync(new URL('../../cloudflared/config.yml', import.meta.url), 'utf8');
const { ingress }: Tunnel = parse(file);

const CORE = 'http://chat-core:8080';
const NOTHING = 'http_status:404';

describe('the tunnel', () => {
  test.each([
    '/',
    '/?utm_source=wa',
    '/assets/main-abc.js',
    '/sw.js',
    '/manifest.webmanifest',
    '/%23/invite/x',
    '/api/chat/send',
    '/api-docs/',
    '/health/ready',
  ])('hands %s to the core, which serves the page that links of invitations open', (path) => {
    expect(route(ingress, `https://chat.example.org${path}`)).toBe(CORE);
  });

  test.each(['https://example.org/api', 'https://a.chat.example.org/api', 'http://192.0.2.7/api'])(
    'answers %s, a name that is not ours, with 404',
    (url) => {
      expect(route(ingress, url)).toBe(NOTHING);
    },
  );

  test('is configured as cloudflared takes it', () => {
    expect(refusals(ingress)).toEqual([]);
    expect(ingress.at(-1)).toEqual({ service: NOTHING });
  });

  test('never holds the credentials themselves', () => {
    const config: Tunnel = parse(file);
    expect(Object.keys(config).sort()).toEqual(['credentials-file', 'ingress', 'tunnel']);
    expect(config['credentials-file']).toBe('/etc/cloudflared/credentials.json');
  });
});

describe('the rules for a page on a CDN', () => {
  const readme = readFileSync(new URL('../../cloudflared/README.md', import.meta.url), 'utf8');
  const [, block = ''] = /```\n(- hostname:[\s\S]*?)```/.exec(readme) ?? [];
  const rules: Rule[] = [...parse(block), { service: NOTHING }];

  test('are taken by cloudflared', () => {
    expect(refusals(rules)).toEqual([]);
  });

  test.each([
    '/api',
    '/api/',
    '/api/x',
    '/api/chat/send',
    '/api/chat/history?before=7&limit=50',
    '/api-docs',
    '/api-docs/',
    '/api-docs/swagger-ui.css',
    '/api-docs.json',
    '/%61pi/x',
  ])('hands %s to the core', (path) => {
    expect(route(rules, `https://chat.example.org${path}`)).toBe(CORE);
  });

  test.each([
    '/',
    '/api2',
    '/apidocs',
    '/api-docs2',
    '/api-docs.jsonx',
    '/api-docs.json/',
    '/api-docs.json%0A',
    '/api-docsXjson',
    '/x/api',
    '/x/api/y',
    '/API',
    '/health/ready',
    '/auth/login',
    '/?/api/',
  ])('answers %s with 404', (path) => {
    expect(route(rules, `https://chat.example.org${path}`)).toBe(NOTHING);
  });
});

describe('the emulation', () => {
  const reaches = (rules: Rule[], path: string) => route(rules, `https://chat.example.org${path}`);

  test('does not anchor a path that does not say so', () => {
    const rules = [{ path: '/api', service: CORE }, { service: NOTHING }];
    expect(reaches(rules, '/x/api2')).toBe(CORE);
  });

  test('takes the first rule that matches, not the best', () => {
    const rules = [{ path: '^/', service: NOTHING }, { path: '^/api$', service: CORE }, { service: NOTHING }];
    expect(reaches(rules, '/api')).toBe(NOTHING);
  });

  test('matches names below a wildcard, not the name itself', () => {
    const rules = [{ hostname: '*.example.org', service: CORE }, { service: NOTHING }];
    expect(reaches(rules, '/')).toBe(CORE);
    expect(route(rules, 'https://example.org/')).toBe(NOTHING);
  });

  test.each<[Rule[], string]>([
    [[{ hostname: 'chat.example.org', service: CORE }], 'last rule'],
    [[{ service: CORE }, { service: NOTHING }], 'never reached'],
    [[{ path: '^/api', service: `${CORE}/` }, { service: NOTHING }], 'without a path'],
    [[{ path: '^/api', service: `${CORE}/api` }, { service: NOTHING }], 'without a path'],
    [[{ hostname: 'chat.example.org:443', service: CORE }, { service: NOTHING }], 'no port'],
  ])('refuses %j', (rules, sentence) => {
    expect(refusals(rules).join('\n')).toContain(sentence);
  });
});
