/**
 * The container's health check, `node cipher-service/src/healthcheck.ts`: exit code 0 when a TLS handshake with the
 * service of this container succeeds, else 1 and a sentence on stderr. It has no client certificate: the handshake proves
 * that the event loop runs and that the server has its key, and it cannot send a request. A service that accepts
 * connections and is silent for 45 s (stopped, or with a stalled event loop) is killed, so that the container ends and is
 * started again. Reads CIPHER_PORT, CIPHER_HOST and the CA in KEYS_DIR/cipher.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { readConfig, SERVER_NAME } from './config.ts';

const TIMEOUT_MS = 15_000;
const MAX_SILENT = 3;
const ANY_ADDRESS: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** Tries one TLS handshake; 'silent' when there was no response in time. @throws when it is refused or fails */
function shakeHands(): Promise<'done' | 'silent'> {
  const { host, port, keysDir } = readConfig();
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: ANY_ADDRESS[host] ?? host,
      port,
      servername: SERVER_NAME,
      ca: readFileSync(join(keysDir, 'cipher', 'ca.pem')),
      minVersion: 'TLSv1.3',
    });
    const timeout = setTimeout(() => {
      socket.destroy();
      resolve('silent');
    }, TIMEOUT_MS);
    socket.on('secureConnect', () => resolve('done'));
    socket.on('error', (error) => {
      clearTimeout(timeout);
      reject(error);
    });
  });
}

/** Kills the service of this container. Only in a container it is a child of PID 1. */
function endService(): void {
  const read = (pid: string, file: string) => readFileSync(join('/proc', pid, file), 'utf8');
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const isChild = /^PPid:\s*1$/m.test(read(pid, 'status'));
      if (isChild && /^node\0.*cipher-service\/src\/main\.ts\0$/.test(read(pid, 'cmdline')))
        process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended meanwhile.
    }
  }
}

try {
  let silent = 0;
  while (silent < MAX_SILENT && (await shakeHands()) === 'silent') silent += 1;
  if (silent < MAX_SILENT) process.exit(0);
  process.stderr.write('The cipher answered nothing for 45 s: it is ended.\n');
  endService();
} catch (error) {
  process.stderr.write(`The cipher is not healthy: ${error instanceof Error ? error.message : 'unknown'}\n`);
}
process.exit(1);
