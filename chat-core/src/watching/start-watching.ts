import type { Server } from 'node:http';
import type { SecurityLog } from '../audit/security-log.ts';
import type { CipherStats } from '../cipher/cipher-stats.ts';
import type { Config } from '../config.ts';
import { inNetworks } from '../http/client-ip.ts';
import type { Log } from '../log.ts';
import type { Watching } from './create-watching.ts';
import { renderMetrics } from './metrics.ts';
import { serveMetrics } from './metrics-server.ts';
import { VERSION } from './version.ts';

type Watched = Watching & {
  config: Config;
  cipherStats: CipherStats;
  securityLog: SecurityLog;
  /** The server of the API, whose connections are counted. */
  server: Server;
  log: Log;
};

/** Starts what watches this process, once. @returns what stops it. @throws Error with a sentence that names METRICS_PORT */
export async function startWatching({
  config,
  figures,
  watcher,
  server,
  log,
  ...watched
}: Watched): Promise<() => void> {
  const startedAt = Date.now();
  figures.start();
  watcher.start();
  const sockets = () =>
    new Promise<number>((resolve) => server.getConnections((error, count) => resolve(error ? 0 : count)));
  const { metrics } = config.watching;
  const isTrusted = inNetworks(config.trustedProxies.map(({ network }) => network));
  const isLoopback = inNetworks(['127.0.0.0/8', '::1/128']);
  const served =
    metrics &&
    (await serveMetrics(metrics, {
      render: () =>
        renderMetrics({
          ...watched,
          figures,
          sockets,
          dataDir: config.dataDir,
          version: VERSION,
          startedAt,
          activeAlerts: () => watcher.active(),
        }),
      // A proxy on this machine has the address of Prometheus on it; it is known by its headers.
      allowedHosts: config.allowedHosts,
      isProxy: (peer) => isTrusted(peer) && !isLoopback(peer),
      onError: (error) => log.warn({ err: error }, 'the metrics could not be served'),
    }));
  if (served) log.info({ port: served.port }, 'metrics are served');
  return () => {
    figures.stop();
    watcher.stop();
    served?.close();
  };
}
