/** A client of a reverse proxy: it chooses its own address, and takes any certificate. */
import { request } from 'node:https';

export type ProxyAnswer = { status: number; headers: Record<string, unknown>; bytes: Buffer; body: unknown };
type Options = { token?: string; headers?: Record<string, string>; body?: object | Buffer; method?: string };

/** The name that both configurations of docs/reverse-proxies.md have. */
export const NAME = 'chat.example.org';

/** @param address one of 127.0.0.0/8, from which the request comes */
export function askAt(
  port: number,
  address: string,
  path: string,
  { token, headers = {}, body, method = body ? 'POST' : 'GET' }: Options = {},
): Promise<ProxyAnswer> {
  const bytes = body instanceof Buffer ? body : Buffer.from(JSON.stringify(body ?? {}));
  const type = body instanceof Buffer ? 'application/octet-stream' : 'application/json';
  return new Promise((resolve, reject) => {
    const sent = request({
      host: '127.0.0.1',
      port,
      path,
      method,
      localAddress: address,
      servername: NAME,
      rejectUnauthorized: false,
      headers: {
        Host: NAME,
        ...(token && { Authorization: `Bearer ${token}` }),
        ...(body && { 'Content-Type': type, 'Content-Length': bytes.length }),
        ...headers,
      },
    });
    sent.on('error', reject).on('response', async (answer) => {
      try {
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(chunk);
        const all = Buffer.concat(chunks);
        const isJson = answer.headers['content-type']?.includes('json') && all.length > 0;
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          bytes: all,
          body: isJson ? JSON.parse(all.toString()) : undefined,
        });
      } catch (error) {
        reject(error);
      }
    });
    sent.end(body ? bytes : undefined);
  });
}
