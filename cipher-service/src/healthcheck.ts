/**
 * The container's health check, `node cipher-service/src/healthcheck.ts`: exit code 0 when a TLS handshake with the
 * service of this container succeeds within 5 s, else 1 and a sentence on stderr. It holds no client certificate: the
 * handshake proves that the event loop turns and that the server has its key, and the service hears nothing from it.
 * Reads CIPHER_PORT, CIPHER_HOST and the CA in KEYS_DIR/cipher.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { readConfig } from './config.ts';
import { SERVER_NAME } from './names.ts';

const PATIENCE_MS = 5_000;
const EVERYWHERE: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

function end(code: 0 | 1, sentence = ''): never {
  process.stderr.write(sentence);
  process.exit(code);
}

try {
  const { host, port, keysDir } = readConfig();
  const ca = readFileSync(join(keysDir, 'cipher', 'ca.pem'));
  const to = {
    host: EVERYWHERE[host] ?? host,
    port,
    servername: SERVER_NAME,
    ca,
    minVersion: 'TLSv1.3' as const,
  };
  setTimeout(() => end(1, 'The cipher does not answer.\n'), PATIENCE_MS);
  connect(to, () => end(0)).on('error', (error) => end(1, `The cipher is not healthy: ${error.message}\n`));
} catch (error) {
  end(1, `The cipher cannot be checked: ${error instanceof Error ? error.message : 'unknown'}\n`);
}
