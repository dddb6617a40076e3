import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The certificates that chat-core has: its own, and that of the authority which signed cipher-service's. */
const NAMES = ['ca.pem', 'client.pem'];

/** When the first of the certificates in KEYS_DIR/core ends, in epoch milliseconds; undefined where none can be read. */
export async function readCertificateEnd(keysDir: string): Promise<number | undefined> {
  const ends = await Promise.all(
    NAMES.map(async (name) => {
      try {
        return new X509Certificate(await readFile(join(keysDir, 'core', name))).validToDate.getTime();
      } catch {
        return Number.POSITIVE_INFINITY;
      }
    }),
  );
  const first = Math.min(...ends);
  return Number.isFinite(first) ? first : undefined;
}
