import './pool.ts';
import type { AddressInfo } from 'node:net';
import { getHeapStatistics } from 'node:v8';
import { createApp } from './app.ts';
import { openTokens, readTokenKey } from './auth/tokens.ts';
import { openCipher } from './cipher/client.ts';
import { readConfig } from './config.ts';
import { collectOnce } from './first-collection.ts';
import { inNetworks } from './http/address.ts';
import { openLog } from './log.ts';
import { answerOperator } from './operator/operator.ts';
import { readPushKey } from './push/key.ts';
import { closeServer, openServer } from './server.ts';
import { openLowdbStore } from './storage/lowdb/lowdb-store.ts';

const GRACE_MS = 8000;

function refuse(sentence: string): never {
  process.stderr.write(`chat-core cannot start. ${sentence}\n`);
  process.exit(1);
}

try {
  const config = readConfig();
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
    answer: (box, question) => answerOperator({ store: box, clock: box.time.now }, question),
  });
  const cipher = openCipher(config.cipherUrl, config.keysDir, log);
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
  const server = openServer(app, inNetworks(['127.0.0.0/8', '::1/128', ...config.trustedProxies]));

  collectOnce();
  server.listen(config.port, config.host, () => {
    const { port } = server.address() as AddressInfo;
    log.info({ port, heapLimitMiB: Math.round(getHeapStatistics().heap_size_limit / 2 ** 20) }, 'ready');
    if (!config.rates) log.warn('RATE_LIMITS=off: nobody is slowed down. This is for tests.');
    const isEmpty = config.registration === 'invite' && store.accountCount() === 0;
    if (isEmpty) log.info('Nobody has an account yet: npm run invite makes the first invitation.');
    process.send?.({ type: 'ready', port, isEmpty });
  });
  server.on('error', (error) => {
    refuse(
      `PORT ${config.port} on HOST ${config.host} cannot be listened on (${(error as NodeJS.ErrnoException).code}).`,
    );
  });

  const stop = async () => {
    for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(1));
    endPolls();
    await closeServer(server, GRACE_MS);
    await store.close();
    cipher.close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'disconnect']) process.once(signal, stop);
} catch (error) {
  refuse((error as Error).message);
}
