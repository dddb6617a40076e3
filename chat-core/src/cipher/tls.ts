import { type ConnectionOptions, createSecureContext } from 'node:tls';
import { readKeyFile } from '../key-file.ts';

const SERVER_NAME = 'cipher-service';
export const TLS_FILES = ['ca.pem', 'client.pem', 'client.key.pem'] as const;

/**
 * The credentials of chat-core at cipher-service, from `KEYS_DIR/core`.
 * @throws when a file is missing, or the key is not that of the certificate
 */
export function readTls(keysDir: string): ConnectionOptions {
  const [ca, cert, key] = TLS_FILES.map((name) => readKeyFile(keysDir, name));
  const tls = { ca, cert, key, minVersion: 'TLSv1.3' as const };
  createSecureContext(tls);
  // Its certificate must be for this name, whichever host the address names.
  return { ...tls, servername: SERVER_NAME, rejectUnauthorized: true };
}
