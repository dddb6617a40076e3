import { getHeapStatistics } from 'node:v8';
import { handleAdminRequest } from './admin/admin.ts';
import { createApp } from './app.ts';
import { openTokens, readTokenKey } from './auth/tokens.ts';
import { openCipher } from './cipher/client.ts';
import { guardKeyring } from './cipher/keyring-guard.ts';
import { inThisForm } from './command-form.ts';
import { readConfig } from './config.ts';
import { inNetworks } from './http/client-ip.ts';
import { closeServer, createHttpServer, listenOn } from './http/server.ts';
import { openLog } from './log.ts';
import { readPushKey } from './push/vapid-key.ts';
import { collectOnce } from './startup-gc.ts';
import { becomeOwner } from './storage/lowdb/disk/data-folder.ts';
import { openLowdbStore } from './storage/lowdb/lowdb-store.ts';
import { sweepStaged } from './storage/lowdb/maintenance/restores.ts';

import './thread-pool.ts';

const GRACE_MS = 8000;

/** How often, in milliseconds. */
const ALIVE_MS = 5000;

function sayAlive(): void {
  if (process.connected) process.send?.({ type: 'alive' }, undefined, undefined, () => {});
}

function refuse(sentence: string): never {
  process.stderr.write(inThisForm(`chat-core cannot start. ${sentence}\n`));
  process.exit(1);
}

try {
  const config = readConfig();
  // Only root may listen there.
  if (config.port === 0 || config.port >= 1024) becomeOwner(config.dataDir);
  const log = openLog(config.logLevel);
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, (error: unknown) => {
      log.fatal({ err: error }, event);
      process.exit(1);
    });
  }
  const store = await openLowdbStore(config.dataDir, {
    now: Date.now,
    warn: (message, details) => log.warn(details, message),
    answer: (box, question) => handleAdminRequest({ store: box, clock: box.time.now }, question),
  });
  const swept = await sweepStaged(config.dataDir, config.keysDir).catch(() => []);
  if (swept.length > 0) log.warn({ folders: swept }, 'what killed restores had unpacked was removed');
  const foreign = `KEYS_DIR ${config.keysDir}: the keyring of cipher-service does not open what DATA_DIR ${config.dataDir} holds: one of both belongs to another box. Put cipher/keyring.json of this box back from a backup, or set KEYS_DIR and DATA_DIR to folders that belong together.`;
  const cipher = guardKeyring(openCipher(config.cipherUrl, config.keysDir, log), store, () =>
    log.error(foreign),
  );
  // If it is away, it is checked when it comes.
  if (!(await cipher.belongs().catch(() => true))) throw new Error(foreign);
  const tokens = openTokens(readTokenKey(config.keysDir), store.time.now);
  const { app, endPolls } = createApp({
    config,
    store,
    cipher,
    tokens,
    pushKey: readPushKey(config.keysDir),
    log,
  });
  // A tunnel on this machine, or one that is trusted, brings many people by one address.
  const server = createHttpServer(app, inNetworks(['127.0.0.0/8', '::1/128', ...config.trustedProxies]));

  collectOnce();
  const port = await listenOn(server, config, (error) => log.warn({ err: error }, 'a connection failed'));
  log.info({ port, heapLimitMiB: Math.round(getHeapStatistics().heap_size_limit / 2 ** 20) }, 'ready');
  if (!config.rates) log.warn('RATE_LIMITS=off: nobody is slowed down. This is for tests.');
  const isEmpty = config.registration === 'invite' && store.accountCount() === 0;
  if (isEmpty) log.info('Nobody has an account yet: npm run invite makes the first invitation.');

  const stop = async () => {
    for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(1));
    endPolls();
    await closeServer(server, GRACE_MS);
    await store.close();
    cipher.close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'disconnect']) process.once(signal, stop);

  // Only now: whoever hears it may stop this process at once. The parent may be gone, which 'disconnect' reports.
  process.send?.({ type: 'ready', port, isEmpty }, undefined, undefined, () => {});
  // The parent learns by it that the event loop turns.
  if (process.send) setInterval(sayAlive, ALIVE_MS).unref();
} catch (error) {
  refuse((error as Error).message);
}
