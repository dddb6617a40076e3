import { Agent, request } from 'node:https';
import type { Keys } from './keys.ts';

export type Answer = {
  status: number;
  headers: Record<string, unknown>;
  /** The parsed JSON, or the bytes of another type. */
  body: unknown;
  text: string;
};
export type Ask = {
  method?: string;
  path: string;
  body?: unknown;
  raw?: string | Buffer;
  headers?: Record<string, string>;
};

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
    ask({ method, path, body, raw, headers = {} }: Ask): Promise<Answer> {
      const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
      return new Promise((resolve, reject) => {
        const verb = method ?? (sent === undefined ? 'GET' : 'POST');
        const req = request({ host: 'localhost', port, path, method: verb, agent, headers }, (res) => {
          const chunks: Buffer[] = [];
          res.on('data', (chunk: Buffer) => chunks.push(chunk));
          res.on('error', reject);
          res.on('end', () => {
            const bytes = Buffer.concat(chunks);
            const text = bytes.toString('utf8');
            const isJson = res.headers['content-type']?.startsWith('application/json');
            const body: unknown = text === '' ? undefined : isJson ? JSON.parse(text) : bytes;
            resolve({ status: res.statusCode ?? 0, headers: res.headers, body, text });
          });
        });
        req.on('error', reject);
        req.end(sent);
      });
    },
  };
}

export type CoreClient = ReturnType<typeof coreClient>;
