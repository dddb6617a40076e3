import { join } from 'node:path';
import type { Registry } from 'prom-client';
import type { SecurityLog } from '../audit/security-log.ts';
import type { CipherStats } from '../cipher/cipher-stats.ts';
import { BUCKET_BOUNDS_MS, type Durations } from '../durations.ts';
import type { RequestStats } from '../http/request-stats.ts';
import type { BoxFigures, Figures } from './figures/box-figures.ts';
import { countDescriptors, readFolder } from './figures/system-figures.ts';

export type MetricsDeps = {
  figures: Pick<BoxFigures, 'read'>;
  requestStats: RequestStats;
  cipherStats: CipherStats;
  pushes: { outcomes: Readonly<Record<string, number>> };
  securityLog: Pick<SecurityLog, 'counts'>;
  /** The codes of the alerts that are on. */
  activeAlerts: () => { code: string }[];
  dataDir: string;
  version: string;
  /** Epoch milliseconds. */
  startedAt: number;
  sockets: () => Promise<number>;
};

type Value = { value: number | undefined; labels?: Record<string, string>; metricName?: string };
type Metric = { name: string; type: 'counter' | 'gauge' | 'histogram'; help: string; values: Value[] };

/** The text of all metrics in Prometheus' format. Each figure is kept by what it counts and read here, so requests cost nothing more. */
export async function renderMetrics(deps: MetricsDeps): Promise<string> {
  // prom-client takes 3 MB of memory, so a box without METRICS_PORT never loads it.
  const { Registry: PrometheusRegistry } = await import('prom-client');
  const registry: Registry = new PrometheusRegistry();
  for (const { values, ...metric } of await readMetrics(deps)) {
    const known = values.filter(({ value }) => value !== undefined);
    if (known.length === 0) continue;
    const get = async () => ({ ...metric, values: known });
    registry.registerMetric({ ...metric, get } as unknown as Parameters<Registry['registerMetric']>[0]);
  }
  return registry.metrics();
}

/** The metrics of this moment. An undefined value is one that this machine or box does not have. */
export async function readMetrics(deps: MetricsDeps): Promise<Metric[]> {
  const [figures, journal, descriptors, sockets] = await Promise.all([
    deps.figures.read(),
    readFolder(join(deps.dataDir, 'journal')),
    countDescriptors(),
    deps.sockets(),
  ]);
  const routes = deps.requestStats.routes();
  return [
    gauge('build_info', 'The version of chat-core.', 1, { version: deps.version }),
    {
      name: 'bisik_requests_total',
      type: 'counter',
      help: 'Answers by the pattern of their route and by status.',
      values: routes.flatMap(({ name, byStatus }) =>
        [...byStatus].map(([status, value]) => ({ value, labels: { route: name, status: String(status) } })),
      ),
    },
    histogram(
      'request_duration_seconds',
      'Work on a request, without waiting for its body or for a change.',
      routes.map(({ name, durations }) => ({ labels: { route: name }, durations })),
    ),
    histogram('cipher_call_duration_seconds', 'Calls of cipher-service that were answered.', [
      { labels: {}, durations: deps.cipherStats.durations },
    ]),
    counter('cipher_failures_total', 'Calls of cipher-service without an answer.', deps.cipherStats.failures),
    byLabel('pushes_total', 'Pushes by what became of them.', 'outcome', deps.pushes.outcomes),
    byLabel('security_events_total', 'Security events by name.', 'event', deps.securityLog.counts()),
    gauge('start_timestamp_seconds', 'When chat-core started.', deps.startedAt / 1000),
    gauge('sockets', 'Open connections of clients.', sockets),
    gauge('open_file_descriptors', 'File descriptors of chat-core.', descriptors),
    gauge('journal_files', 'Files of the journal.', journal.files),
    gauge('journal_bytes', 'Size of the journal.', journal.bytes),
    {
      name: 'bisik_alert_active',
      type: 'gauge',
      help: 'Alerts to the owner that are on.',
      values: deps.activeAlerts().map(({ code }) => ({ value: 1, labels: { code } })),
    },
    ...figureMetrics(figures),
  ];
}

function figureMetrics(of: Figures): Metric[] {
  const { clock, cipher, backup, tunnel, eventLoopDelayMs: delay } = of;
  return [
    counter('messages_total', 'Messages stored since the start.', of.messages),
    counter('commits_total', 'Durable commits since the start.', of.commits),
    counter(
      'written_bytes_total',
      'Bytes that chat-core has had written to storage, as Linux counts them: whole folios of the page cache.',
      of.writtenBytes,
    ),
    counter(
      'device_written_bytes_total',
      'Bytes written to the device of DATA_DIR by every program, since the machine started.',
      of.deviceWrittenBytes,
    ),
    gauge('held_polls', 'Long polls that wait for a change.', of.heldPolls),
    {
      name: 'bisik_event_loop_delay_seconds',
      type: 'gauge',
      help: 'How late timers ran in the last minute.',
      values: [
        { value: delay.p50 / 1000, labels: { percentile: '50' } },
        { value: delay.p99 / 1000, labels: { percentile: '99' } },
      ],
    },
    gauge('heap_used_bytes', 'The heap of V8, garbage included.', of.heapBytes),
    gauge('heap_limit_bytes', 'How large the heap may grow.', of.heapLimitBytes),
    gauge('resident_memory_bytes', 'Memory of chat-core.', of.rssBytes),
    gauge('disk_free_bytes', 'Free on the volume of DATA_DIR.', of.space?.freeBytes),
    gauge('disk_size_bytes', 'Size of the volume of DATA_DIR.', of.space?.totalBytes),
    gauge('writable', 'Whether changes can be stored.', Number(of.isWritable)),
    gauge('cipher_up', 'Whether cipher-service answers.', Number(cipher.reachable)),
    gauge(
      'tunnel_connected',
      'Whether the tunnel is connected.',
      flag(tunnel !== 'none', tunnel === 'connected'),
    ),
    gauge('clock_offset_seconds', 'How far server time is ahead of the wall clock.', clock.offsetMs / 1000),
    gauge('clock_trusted', 'Whether the wall clock was set since the power came on.', Number(clock.trusted)),
    gauge(
      'certificate_end_timestamp_seconds',
      'When the first certificate ends.',
      seconds(of.certificateEnd),
    ),
    gauge('backup_timestamp_seconds', 'When the last backup was made.', seconds(backup.lastAt)),
    gauge(
      'backup_rehearsal_timestamp_seconds',
      'When the last backup was restored for a test.',
      seconds(backup.rehearsedAt),
    ),
    gauge(
      'backup_rehearsal_ok',
      'Whether that succeeded.',
      flag(backup.rehearsal !== undefined, backup.rehearsal === 'ok'),
    ),
  ];
}

const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1000);
const flag = (isKnown: boolean, isSet: boolean) => (isKnown ? Number(isSet) : undefined);

const gauge = (name: string, help: string, value: number | undefined, labels = {}): Metric => ({
  name: `bisik_${name}`,
  type: 'gauge',
  help,
  values: [{ value, labels }],
});
const counter = (name: string, help: string, value: number | undefined): Metric => ({
  name: `bisik_${name}`,
  type: 'counter',
  help,
  values: [{ value }],
});
const byLabel = (
  name: string,
  help: string,
  label: string,
  counts: Readonly<Record<string, number>>,
): Metric => ({
  name: `bisik_${name}`,
  type: 'counter',
  help,
  values: Object.entries(counts).map(([key, value]) => ({ value, labels: { [label]: key } })),
});

/** A histogram of Prometheus: its buckets are cumulative, and the last one counts everything. */
function histogram(
  name: string,
  help: string,
  series: { labels: Record<string, string>; durations: Durations }[],
): Metric {
  const full = `bisik_${name}`;
  const values = series.flatMap(({ labels, durations: { buckets, count, sumMs } }): Value[] => {
    let total = 0;
    const cumulative = buckets.map((inBucket, index): Value => {
      total += inBucket;
      const bound = BUCKET_BOUNDS_MS[index];
      const le = bound === undefined ? '+Inf' : String(bound / 1000);
      return { metricName: `${full}_bucket`, labels: { ...labels, le }, value: total };
    });
    return [
      ...cumulative,
      { metricName: `${full}_sum`, labels, value: sumMs / 1000 },
      { metricName: `${full}_count`, labels, value: count },
    ];
  });
  return { name: full, type: 'histogram', help, values };
}
