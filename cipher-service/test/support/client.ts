import { Agent, request } from 'node:https';
import type { Keys } from './keys.ts';

export type Answer = { status: number; headers: Record<string, unknown>; body: unknown; text: string };
export type Ask = { method?: string; path: string; body?: unknown; raw?: string | Buffer };

/** A client like the core: with its certificate, the pinned CA and a keep-alive connection, which `end` closes. */
export function coreClient(keys: Keys, port: number) {
  const agent = new Agent({
    key: keys.read('core/client.key.pem'),
    cert: keys.read('core/client.pem'),
    ca: keys.read('core/ca.pem'),
    minVersion: 'TLSv1.3',
    keepAlive: true,
  });
  return {
    agent,
    end: () => agent.destroy(),
    ask({ method, path, body, raw }: Ask): Promise<Answer> {
      const bytes = raw ?? (body === undefined ? undefined : JSON.stringify(body));
      return new Promise((resolve, reject) => {
        const verb = method ?? (bytes === undefined ? 'GET' : 'POST');
        const req = request({ host: 'localhost', port, path, method: verb, agent }, (res) => {
          const chunks: Buffer[] = [];
          res.on('data', (chunk: Buffer) => chunks.push(chunk));
          res.on('error', reject);
          res.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            const body: unknown = text === '' ? undefined : JSON.parse(text);
            resolve({ status: res.statusCode ?? 0, headers: res.headers, body, text });
          });
        });
        req.on('error', reject);
        req.end(bytes);
      });
    },
  };
}

export type CoreClient = ReturnType<typeof coreClient>;
