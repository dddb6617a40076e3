import { setTimeout as wait } from 'node:timers/promises';
import { getHeapStatistics } from 'node:v8';
import { handleAdminRequest } from './admin/admin.ts';
import { finishDeletions } from './admin/delete-person.ts';
import { createOwnerClaim, ownerIds, ownerSentence } from './admin/owners.ts';
import { type ProbeDeps, runProbe } from './admin/probe.ts';
import { createApp } from './app.ts';
import { openTokens, readTokenKeys, TOKEN_KEY_FILES } from './auth/tokens.ts';
import { createBackups } from './backups/backups.ts';
import type { Cipher } from './cipher/cipher.ts';
import { CipherStats } from './cipher/cipher-stats.ts';
import { openCipher } from './cipher/client.ts';
import { guardKeyring } from './cipher/keyring-guard.ts';
import { openRollbackCounter } from './cipher/rollback-counter.ts';
import { formatCommands } from './command-form.ts';
import { readConfig } from './config.ts';
import { runStartupGc } from './garbage-collection.ts';
import { inNetworks } from './http/client-ip.ts';
import { closeServer, createHttpServer, listenOn } from './http/server.ts';
import { watchKeys } from './key-watch.ts';
import { createLog } from './log.ts';
import { readOidcSecret } from './oidc-settings.ts';
import { readPushKey } from './push/vapid-key.ts';
import { openSecurityLog } from './security-log.ts';
import { openSettings } from './settings.ts';
import type { ControlRequestHandler } from './storage/lowdb/control-socket.ts';
import { becomeOwner } from './storage/lowdb/disk/data-folder.ts';
import type { Warn } from './storage/lowdb/disk/disk.ts';
import { openLowdbStore } from './storage/lowdb/lowdb-store.ts';
import { sweepStaged } from './storage/lowdb/maintenance/restores.ts';
import { endAdoption, readStorageKey } from './storage/lowdb/storage-key.ts';
import { openSharedStore } from './storage/shared-store.ts';
import { startWatching } from './watching/start-watching.ts';

import './thread-pool.ts';

/** How long requests in flight may take after a signal to stop. */
const SHUTDOWN_GRACE_MS = 8000;
const HEARTBEAT_INTERVAL_MS = 5000;

function sendHeartbeat(): void {
  if (process.connected) process.send?.({ type: 'alive' }, undefined, undefined, () => {});
}

function exitWith(sentence: string): never {
  process.stderr.write(formatCommands(`chat-core cannot start. ${sentence}\n`));
  process.exit(1);
}

try {
  const config = readConfig();
  // A wrong path is noticed at the start.
  if (config.oidc) readOidcSecret(config.oidc);
  // Only root may listen on a lower port.
  if (config.port === 0 || config.port >= 1024) becomeOwner(config.dataDir);
  const log = createLog(config.logLevel);
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, (error: unknown) => {
      log.fatal({ err: error }, event);
      process.exit(1);
    });
  }
  const claim = createOwnerClaim();
  const { securityLog, trail, close: closeSecurityLog } = openSecurityLog(config.dataDir, log);
  const key = readStorageKey(config.keysDir);
  // A probe that is requested earlier waits for the start.
  const started = Promise.withResolvers<ProbeDeps>();
  const backups = createBackups(undefined, config.shared ? { ofDatabase: true } : {});
  let forget: Cipher['forget'] = () => {};
  const warn: Warn = (message, details) => log.warn(details, message);
  const answer: ControlRequestHandler = (opened, request) =>
    handleAdminRequest(
      {
        store: opened,
        cipher: { forget: (...removed) => forget(...removed) },
        clock: opened.time.now,
        probe: async () => runProbe(await started.promise),
        settings: openSettings(config, opened),
        trail,
        securityLog,
        claim,
        backups,
      },
      request,
    );
  const stopsBecause = (what: string) => (error: Error) => {
    log.fatal({ reason: formatCommands(error.message) }, `chat-core stops: ${what}`);
    process.exit(1);
  };
  const { dataDir, shared } = config;
  const store = shared
    ? await openSharedStore(
        { dataDir, shared },
        { key, warn, answer, onLost: stopsBecause('it cannot follow the database, and starts again') },
      )
    : await openLowdbStore(dataDir, {
        now: Date.now,
        key,
        hasReserve: true,
        rollback: {
          counter: openRollbackCounter(config.cipherUrl, config.keysDir),
          onRollback: stopsBecause('its data are not the newest'),
        },
        warn,
        answer,
      });
  await endAdoption(config.keysDir);
  const swept = await sweepStaged(config.dataDir, config.keysDir).catch(() => []);
  if (swept.length > 0) log.warn({ folders: swept }, 'the staged files of interrupted restores were removed');
  const foreign = `KEYS_DIR ${config.keysDir}: the keyring of cipher-service does not open what DATA_DIR ${config.dataDir} holds: one of both belongs to another box. Put cipher/keyring.json of this box back from a backup, or set KEYS_DIR and DATA_DIR to folders that belong together.`;
  const cipherStats = new CipherStats();
  const calls = openCipher(config.cipherUrl, config.keysDir, log, cipherStats);
  const cipher = guardKeyring(calls, store, () => log.error(foreign));
  // Where cipher-service is unavailable, its keyring is checked once it answers.
  if (!(await cipher.isOwnKeyring().catch(() => true))) throw new Error(foreign);
  const tokens = openTokens(readTokenKeys(config.keysDir), store.time.now);
  watchKeys(config.keysDir, TOKEN_KEY_FILES, () => tokens.use(readTokenKeys(config.keysDir)), log);
  const pushKey = readPushKey(config.keysDir);
  let isStopping = false;
  const { app, endPolls, watching, expirySweep, ...created } = createApp({
    config,
    store,
    cipher,
    tokens,
    pushKey,
    log,
    securityLog,
    trail,
    ownerClaim: claim,
    backups,
    isStopping: () => isStopping,
  });
  forget = created.forget;
  // A tunnel on this machine, or a trusted proxy, connects many people from one address.
  const isShared = inNetworks([
    '127.0.0.0/8',
    '::1/128',
    ...config.trustedProxies.map(({ network }) => network),
  ]);
  const server = createHttpServer(app, { isShared });

  const stopWatching = await startWatching({ ...watching, config, cipherStats, securityLog, server, log });

  // What expired while the box was off is gone before it answers.
  await expirySweep.start();
  void finishDeletions(store, forget).catch((err: unknown) =>
    log.warn({ err }, 'a deletion of an account was not completed'),
  );
  runStartupGc();
  const port = await listenOn(server, config, (error) => log.warn({ err: error }, 'a connection failed'));
  log.info({ port, heapLimitMiB: Math.round(getHeapStatistics().heap_size_limit / 2 ** 20) }, 'ready');
  securityLog.record('started');
  started.resolve({ config, store, cipher, tokens, pushKey, key });
  if (!config.rates) log.warn('RATE_LIMITS=off: no client is limited. This is for tests only.');
  const isEmpty = config.registration === 'invite' && store.accountCount() === 0;
  if (isEmpty) log.info('Nobody has an account yet: npm run invite makes the first invitation.');

  if (ownerIds(store).length === 0) process.stdout.write(formatCommands(`${ownerSentence(claim)}\n`));

  const stop = async (cause?: string) => {
    for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(1));
    isStopping = true;
    // A load balancer notices first. Who stops it at a keyboard does not wait, and no one waits for a parent that has ended.
    if (cause === 'SIGTERM') await wait(config.drainMs);
    endPolls();
    stopWatching();
    await closeServer(server, SHUTDOWN_GRACE_MS);
    await store.close();
    cipher.close();
    await closeSecurityLog();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'disconnect']) process.once(signal, stop);

  // Last, because the parent may stop this process at once. A parent that has ended is reported by 'disconnect'.
  process.send?.({ type: 'ready', port, isEmpty }, undefined, undefined, () => {});
  // Shows the parent that the event loop is not blocked.
  if (process.send) setInterval(sendHeartbeat, HEARTBEAT_INTERVAL_MS).unref();
} catch (error) {
  exitWith((error as Error).message);
}
