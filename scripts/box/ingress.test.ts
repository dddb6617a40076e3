import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { RE2JS } from 're2js';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

type Rule = { hostname?: string; path?: string; service: string };

/**
 * The service cloudflared passes a request to. It takes the first rule whose hostname and path both match; a missing
 * one matches every request. The hostname is compared with Host less its port; the path is RE2, not anchored, tested on the
 * decoded path without the query (cloudflared's own ingress/rule.go and ingress/ingress.go).
 */
function route(rules: Rule[], url: string): string {
  const { hostname, pathname } = new URL(url);
  const path = decodeURIComponent(pathname);
  const rule = rules.find(
    (candidate) =>
      hostMatches(candidate.hostname, hostname) &&
      (!candidate.path || RE2JS.compile(candidate.path).matcher(path).find()),
  );
  if (!rule) throw new Error('no rule matches: cloudflared refuses such a file');
  return rule.service;
}

function hostMatches(pattern: string | undefined, host: string): boolean {
  if (!pattern || pattern === '*') return true;
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : pattern === host;
}

/**
 * Why cloudflared refuses these rules at its start.
 * @returns sentences; none when it accepts them
 */
function refusals(rules: Rule[]): string[] {
  return rules.flatMap(({ hostname = '', path, service }, index) => {
    const isLast = index === rules.length - 1;
    const matchesAll = (hostname === '' || hostname === '*') && !path;
    const found: string[] = [];
    if (!/^http_status:[1-9]\d\d$/.test(service) && !/^https?:\/\/[^/?#]+$/.test(service))
      found.push(`rule ${index + 1}: a service is http_status:… or scheme, host and port without a path`);
    if (/:\d*$/.test(hostname) || hostname.lastIndexOf('*') > 0)
      found.push(`rule ${index + 1}: a hostname has no port, and a * only in front`);
    if (isLast && !matchesAll) found.push('the last rule must match everything');
    if (!isLast && matchesAll)
      found.push(`rule ${index + 1} matches everything, so the next is never reached`);
    return found;
  });
}

type Tunnel = { tunnel: string; 'credentials-file': string; ingress: Rule[] };
/** What `./bisik tunnel --credentials` writes into tunnel/config.yml. */
const TUNNEL_ID = '6ff42ae2-765d-4adf-8112-31c55c1551ef';
const WRITE = `. ./box/tunnel.sh; tunnel_config ${TUNNEL_ID} https://chat.example.org`;
const file = execFileSync('sh', ['-c', WRITE], { cwd: new URL('../../', import.meta.url), encoding: 'utf8' });
const { ingress }: Tunnel = parse(file);

const CORE = 'http://chat-core:8080';
const NOTHING = 'http_status:404';

describe('the tunnel', () => {
  test.each([
    ...['/', '/?utm_source=wa', '/assets/main-abc.js', '/sw.js', '/manifest.webmanifest'],
    ...['/%23/invite/x', '/api/chat/send', '/api-docs/', '/health/ready'],
  ])('passes %s to the core, which serves the page that invitation links open', (path) => {
    expect(route(ingress, `https://chat.example.org${path}`)).toBe(CORE);
  });

  test.each(['https://example.org/api', 'https://a.chat.example.org/api', 'http://192.0.2.7/api'])(
    'answers %s, a host name that is not ours, with 404',
    (url) => {
      expect(route(ingress, url)).toBe(NOTHING);
    },
  );

  test('has rules that cloudflared accepts, and the last one answers 404', () => {
    expect(refusals(ingress)).toEqual([]);
    expect(ingress.at(-1)).toEqual({ service: NOTHING });
  });

  test('names the file of the credentials and does not contain them', () => {
    const config: Tunnel = parse(file);
    expect(Object.keys(config).sort()).toEqual(['credentials-file', 'ingress', 'tunnel']);
    expect(config.tunnel).toBe(TUNNEL_ID);
    expect(config['credentials-file']).toBe('/etc/cloudflared/credentials.json');
  });
});

describe('the rules for a page on a CDN', () => {
  const readme = readFileSync(new URL('../../cloudflared/README.md', import.meta.url), 'utf8');
  const [, block = ''] = /```\n(- hostname:[\s\S]*?)```/.exec(readme) ?? [];
  const rules: Rule[] = [...parse(block), { service: NOTHING }];

  test('are rules that cloudflared accepts', () => {
    expect(refusals(rules)).toEqual([]);
  });

  test.each([
    ...['/api', '/api/', '/api/x', '/api/chat/send', '/api/chat/history?before=7&limit=50', '/%61pi/x'],
    ...['/api-docs', '/api-docs/', '/api-docs/swagger-ui.css', '/api-docs.json'],
  ])('pass %s to the core', (path) => {
    expect(route(rules, `https://chat.example.org${path}`)).toBe(CORE);
  });

  test.each([
    ...['/', '/api2', '/apidocs', '/api-docs2', '/api-docs.jsonx', '/api-docs.json/', '/api-docs.json%0A'],
    ...['/api-docsXjson', '/x/api', '/x/api/y', '/API', '/health/ready', '/auth/login', '/?/api/'],
  ])('answer %s with 404', (path) => {
    expect(route(rules, `https://chat.example.org${path}`)).toBe(NOTHING);
  });
});

describe('the emulation of cloudflared', () => {
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
