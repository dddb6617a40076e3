import { RE2JS } from 're2js';

export type Rule = { hostname?: string; path?: string; service: string };

/**
 * The service cloudflared hands a request to. It takes the first rule whose hostname and path both match; a missing
 * one matches all. The hostname is compared with Host less its port; the path is RE2, not anchored, tested on the
 * decoded path without the query (cloudflared's own ingress/rule.go and ingress/ingress.go).
 */
export function route(rules: Rule[], url: string): string {
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
 * @returns sentences; none when it takes them
 */
export function refusals(rules: Rule[]): string[] {
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
