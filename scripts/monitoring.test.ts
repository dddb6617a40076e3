import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { CipherStats } from '../chat-core/src/cipher/cipher-stats.ts';
import { RequestStats } from '../chat-core/src/http/request-stats.ts';
import type { Figures } from '../chat-core/src/watching/figures/box-figures.ts';
import { type MetricsDeps, readMetrics, renderMetrics } from '../chat-core/src/watching/metrics.ts';
import { notice } from './notice.ts';
import { fetchPromtool } from './promtool.ts';

const folder = fileURLToPath(new URL('../docs/monitoring', import.meta.url));
const read = (name: string) => readFileSync(join(folder, name), 'utf8');

/** A box that has everything: a tunnel, backups, a device that counts its writes. */
const FIGURES: Figures = {
  at: 0,
  space: { freeBytes: 1, totalBytes: 2 },
  rssBytes: 1,
  heapBytes: 1,
  heapLimitBytes: 2,
  eventLoopDelayMs: { p50: 1, p99: 2 },
  writtenBytes: 1,
  deviceWrittenBytes: 1,
  writtenBytesPerDay: 1,
  flashYears: 1,
  commits: 1,
  messages: 1,
  messagesPerDay: 1,
  heldPolls: 1,
  clock: { trusted: true, offsetMs: 0, jumpedAt: undefined },
  cipher: { reachable: true, since: 0 },
  isWritable: true,
  tunnel: 'connected',
  certificateEnd: 1,
  backup: { target: 'x', lastAt: 1, rehearsedAt: 1, rehearsal: 'ok' },
};

function deps(): MetricsDeps {
  const requestStats = new RequestStats();
  requestStats.record({ method: 'get', path: '/people/:userId/picture' }, 200, 7);
  const cipherStats = new CipherStats();
  cipherStats.record(3, true);
  return {
    figures: { read: async () => FIGURES },
    requestStats,
    cipherStats,
    pushes: { outcomes: { accepted: 1, refused: 0, ended: 0, unanswered: 0 } },
    securityLog: { counts: () => ({ login: 1 }) },
    activeAlerts: () => [{ code: 'disk' }],
    dataDir: folder,
    version: '0',
    startedAt: 1,
    sockets: async () => 1,
  };
}

/** The names of all series, as queries use them. */
async function seriesNames(): Promise<string[]> {
  const metrics = await readMetrics(deps());
  return metrics.flatMap(({ name, type }) =>
    type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name],
  );
}
const namesIn = (text: string) => [...new Set(text.match(/\bbisik_[a-z_]+/g) ?? [])];

type Dashboard = {
  uid: string;
  panels: { id: number; title: string; targets: { expr: string; datasource: { uid: string } }[] }[];
};

describe('what watches a box', () => {
  test.each(['grafana/bisik.json', 'alerts.yml', 'alerts.test.yml'])(
    '%s names only series that chat-core serves',
    async (name) => {
      const known = await seriesNames();
      expect(namesIn(read(name)).filter((one) => !known.includes(one))).toEqual([]);
      expect(namesIn(read(name)).length).toBeGreaterThan(5);
    },
  );

  test('a name that chat-core does not serve is noticed', async () => {
    const known = await seriesNames();
    const planted = read('alerts.yml').replace('bisik_writable', 'bisik_writeable');
    expect(namesIn(planted).filter((one) => !known.includes(one))).toEqual(['bisik_writeable']);
  });

  test('docs/monitoring.md lists every metric, and no other', async () => {
    const metrics = (await readMetrics(deps())).map(({ name }) => name);
    const listed = namesIn(readFileSync(`${folder}.md`, 'utf8'));
    expect(listed.sort()).toEqual(metrics.sort());
  });

  test('every panel of the dashboard asks the one data source, and has an id and a place of its own', () => {
    const { uid, panels }: Dashboard = JSON.parse(read('grafana/bisik.json'));
    const { datasources } = parse(read('grafana/datasource.yml'));
    expect(datasources[0].uid).toBe(uid);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const { title, targets } of panels) {
      expect([title, targets.length > 0]).toEqual([title, true]);
      for (const target of targets) expect([title, target.datasource.uid]).toEqual([title, uid]);
    }
  });

  test('Prometheus reaches the core on a network of their own without a way out, which the tunnel is not on', () => {
    const { services, networks } = parse(read('compose.monitoring.yml'));
    const box = parse(readFileSync(join(folder, '../../docker-compose.yml'), 'utf8'), { merge: true });
    expect(Object.keys(services)).toEqual(['chat-core', 'prometheus', 'grafana']);
    expect(services['chat-core']).toEqual({
      networks: [...box.services['chat-core'].networks, 'monitoring'],
    });
    expect(networks.monitoring).toEqual({ internal: true });
    expect(services.prometheus.networks).toEqual(['monitoring']);
    expect(Object.keys(box.services.cloudflared.networks)).toEqual(['edge']);
    expect([services.prometheus.ports, services.grafana.ports]).toEqual([
      undefined,
      [expect.stringMatching(/^127\.0\.0\.1:/)],
    ]);
    for (const name of ['prometheus', 'grafana']) {
      const { image, read_only, cap_drop, security_opt, mem_limit } = services[name];
      expect(image).toMatch(/^[a-z]+\/[a-z]+:v?\d+\.\d+\.\d+$/);
      const rules = { read_only, cap_drop, security_opt, hasLimit: mem_limit !== undefined };
      const security = ['no-new-privileges:true'];
      expect(rules).toEqual({ read_only: true, cap_drop: ['ALL'], security_opt: security, hasLimit: true });
    }
    // The core's port for it: what prometheus.yml scrapes.
    const [{ static_configs }] = parse(read('prometheus.yml')).scrape_configs;
    expect(read('compose.monitoring.yml')).toContain(
      `METRICS_PORT=${static_configs[0].targets[0].split(':')[1]}`,
    );
  });
});

describe('promtool accepts', () => {
  let promtool: string | undefined;
  beforeAll(() => {
    promtool = fetchPromtool();
    if (!promtool)
      console.log(
        notice('docs/monitoring WAS NOT CHECKED: there is no promtool, and Debian’s could not be had.'),
      );
  });

  /** What is wrong by promtool; '' where all is right, or where there is no promtool, which the notice says. */
  function check(args: string[], input?: string): string {
    if (!promtool) return '';
    const { status, stdout, stderr } = spawnSync(promtool, args, { cwd: folder, input, encoding: 'utf8' });
    return status === 0 ? '' : `${stdout}${stderr}`;
  }

  test('the alert rules, the configuration and the tests of each alert', () => {
    expect(check(['check', 'rules', 'alerts.yml'])).toBe('');
    expect(check(['check', 'config', 'prometheus.yml'])).toBe('');
    expect(check(['test', 'rules', 'alerts.test.yml'])).toBe('');
  });

  test('the text of the metrics, by its form and the names', async () => {
    expect(check(['check', 'metrics'], await renderMetrics(deps()))).toBe('');
    if (promtool) expect(check(['check', 'metrics'], 'bisik_up{ 1\n')).not.toBe('');
  });

  test('every alert has a test with its planted cause', () => {
    const { groups } = parse(read('alerts.yml'));
    const names = groups.flatMap((group: { rules: { alert: string }[] }) =>
      group.rules.map(({ alert }) => alert),
    );
    type Case = { alertname: string; exp_alerts: unknown[] };
    const tests: { alert_rule_test: Case[] }[] = parse(read('alerts.test.yml')).tests;
    const firing = tests
      .flatMap((one) => one.alert_rule_test)
      .filter(({ exp_alerts }) => exp_alerts.length > 0);
    expect(firing.map(({ alertname }) => alertname).sort()).toEqual([...names].sort());
  });
});
