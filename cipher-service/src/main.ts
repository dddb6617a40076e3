import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { openCounter } from './counter.ts';
import { StartRefused } from './errors.ts';
import { loadIdentity } from './identity.ts';
import { createLog, traceOf } from './log.ts';
import { readPassphrase } from './passphrase.ts';
import { serve } from './serve.ts';
import { watchIdentity } from './watch-identity.ts';

/** Interval of the messages to the parent process. */
const HEARTBEAT_MS = 5000;

function sendHeartbeat(): void {
  if (process.connected) process.send?.({ type: 'alive' }, undefined, undefined, () => {});
}

try {
  const config = readConfig();
  const log = createLog(config.logLevel);
  for (const event of ['uncaughtException', 'unhandledRejection'])
    process.on(event, (reason: unknown) => {
      log.fatal(traceOf(reason), event);
      process.exit(1);
    });
  const passphrase = readPassphrase(config);
  const app = createApp(loadIdentity(config.keysDir, passphrase), openCounter(config.keysDir), log);
  watchIdentity({ ...config, passphrase }, app.use, log);
  const { port, stop } = await serve(app, config, undefined, (error) =>
    log.warn(traceOf(error), 'a connection failed'),
  );
  // `once`: a second signal of the same kind ends the process at once.
  for (const event of ['SIGTERM', 'SIGINT', 'disconnect'])
    process.once(event, async () => {
      log.info({ event }, 'stopping');
      await stop();
      process.exit(0);
    });
  log.info({ host: config.host, port }, 'listening');
  // The parent may be gone, which 'disconnect' reports.
  process.send?.({ type: 'ready', port }, undefined, undefined, () => {});
  // The messages show the parent that the event loop runs.
  if (process.send) setInterval(sendHeartbeat, HEARTBEAT_MS).unref();
} catch (error) {
  if (!(error instanceof StartRefused)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
