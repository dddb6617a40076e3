import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findProgram } from './find-program.ts';
import { danglingReferences, readBlocks, type Schema, schemaFlaws } from './terraform.ts';

const folder = fileURLToPath(new URL('../cloudflared/terraform', import.meta.url));
const FILES = globSync('*.tf', { cwd: folder }).sort();
const text = FILES.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');

/**
 * The schema of the provider cloudflare/cloudflare 5.14.0, as its generated bindings (@cdktf/provider-cloudflare 13.9.1) have it; of nested objects
 * what is used. `!` marks what must be there.
 */
const SCHEMAS: Record<string, Schema> = {
  cloudflare_zero_trust_tunnel_cloudflared: { '': 'account_id! name! config_src tunnel_secret' },
  cloudflare_zero_trust_tunnel_cloudflared_config: {
    '': 'account_id! tunnel_id! config source',
    config: 'ingress origin_request',
    'config.ingress': 'hostname path origin_request service!',
  },
  cloudflare_zero_trust_tunnel_cloudflared_token: { '': 'account_id! tunnel_id!' },
  cloudflare_dns_record: {
    '': 'zone_id! name! type! ttl! content comment data priority proxied settings tags',
  },
  cloudflare_pages_project: {
    '': 'account_id! name! production_branch! build_config deployment_configs source',
  },
  cloudflare_pages_domain: { '': 'account_id! name! project_name!' },
  cloudflare_ruleset: {
    '': 'kind! name! phase! account_id description rules zone_id',
    rules:
      'action! expression! action_parameters description enabled exposed_credential_check logging ratelimit ref',
    'rules.ratelimit':
      'characteristics! period! counting_expression mitigation_timeout requests_per_period requests_to_origin',
  },
  cloudflare_zero_trust_access_policy: {
    '': 'account_id! decision! name! exclude include require session_duration',
    include: 'email email_domain everyone group ip',
    'include.email': 'email!',
  },
  cloudflare_zero_trust_access_application: {
    '': 'account_id zone_id name type domain destinations policies session_duration self_hosted_domains tags',
    destinations: 'cidr hostname l4_protocol port_range type uri vnet_id',
    policies: 'connection_rules decision exclude id include name precedence require',
  },
};

describe('the Terraform files', () => {
  const blocks = readBlocks(text);
  const one = (type: string, name: string) =>
    blocks.find(({ labels }) => labels[0] === type && labels[1] === name);

  it('terraform fmt, where it is installed, would change nothing', () => {
    const terraform = findProgram('terraform', 'tofu');
    if (!terraform) return;
    const { status, stdout } = spawnSync(terraform, ['fmt', '-check', '-diff', folder], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, '']);
  });

  it('each attribute is one of the provider, and none that it needs is missing', () => {
    expect(schemaFlaws(blocks, SCHEMAS)).toEqual([]);
    // The premise: nested attributes are read too.
    expect(one('cloudflare_ruleset', 'logins')?.attributes.get('rules.ratelimit.period')).toBe('10');
    expect(text).toMatch(/source += "cloudflare\/cloudflare"\n +version = "5\.14\.0"/);
  });

  it('each reference leads somewhere, and each variable is used', () => {
    expect(danglingReferences(blocks)).toEqual([]);
  });

  it('a planted wrong attribute, a missing one and a wrong reference are found', () => {
    const flaws = (from: string, to: string) => {
      expect(text).toContain(from);
      const changed = readBlocks(text.replace(from, to));
      return [...schemaFlaws(changed, SCHEMAS), ...danglingReferences(changed)].join('\n');
    };
    expect(flaws('proxied = true', 'proxy = true')).toBe('cloudflare_dns_record.box has no attribute proxy');
    expect(flaws('mitigation_timeout  =', 'mitigation =')).toMatch('no attribute rules.ratelimit.mitigation');
    expect(flaws('  kind    = "zone"\n', '')).toBe('cloudflare_ruleset.logins needs the attribute kind');
    expect(flaws('name    = var.hostname', 'name    = var.host')).toBe('var.host');
    expect(flaws('cloudflare_dns_record" "page', 'cloudflare_record" "page')).toMatch('no kind of resource');
    expect(() => readBlocks('resource "a" "b" {\n')).toThrow('is not closed');
  });

  it('the tunnel shows the box under its own name, and nothing else', () => {
    const config = one('cloudflare_zero_trust_tunnel_cloudflared_config', 'box')?.text ?? '';
    const rules = [...config.matchAll(/\{\n((?:\w+ += .*\n)+)\}/g)].map(([, rule]) => rule);
    expect(rules).toEqual([
      'hostname = var.hostname\nservice  = "http://chat-core:8080"\n',
      'service = "http_status:404"\n',
    ]);
  });

  it('the token of the tunnel is never shown by itself', () => {
    const output = blocks.find(({ kind, labels }) => kind === 'output' && labels[0] === 'tunnel_token');
    expect(output?.attributes.get('sensitive')).toBe('true');
    expect(text).not.toMatch(/(api_token|secret)\s+=/);
  });
});
