import { type Agent, request } from 'node:https';

export type CipherCall = {
  url: URL;
  headers?: Record<string, string>;
  /** A string goes with its head in one TLS record. Without a body it is a GET, otherwise a POST. */
  body?: string | Uint8Array | undefined;
  /** Of the whole call. */
  timeoutMs: number;
  maxAnswerBytes: number;
};

/** cipher-service answered with another status than 200. */
export class CipherRefusal extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`cipher-service answered ${status}`);
    this.status = status;
  }
}

/** The bytes of a whole answer of cipher-service. @throws CipherRefusal, or Error when it does not arrive whole in time */
export function callCipher(
  agent: Agent,
  { url, headers, body, timeoutMs, maxAnswerBytes }: CipherCall,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      agent,
      method: body === undefined ? 'GET' : 'POST',
      headers: { ...headers, ...(body !== undefined && { 'Content-Length': Buffer.byteLength(body) }) },
      signal: AbortSignal.timeout(timeoutMs),
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxAnswerBytes) response.destroy(new Error('the answer is too large'));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks));
        else reject(new CipherRefusal(response.statusCode ?? 0));
      });
    });
    sent.end(body);
  });
}
