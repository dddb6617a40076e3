import { createHash } from 'node:crypto';
import { Agent as HttpAgent, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { setTimeout } from 'node:timers/promises';
import type { BucketSettings } from '../../files-settings.ts';
import { BucketRefusal, BucketUnreachable, isPassing } from './bucket-error.ts';
import { type ListedObject, listQuery, readListPage, type Signed, signRequest } from './signed-request.ts';
import { elementsOf, escapeXml } from './xml.ts';

/** Connections at once: 16 transfers of the box, and what sweeps remove beside them. */
const MAX_CONNECTIONS = 24;
/** A request without a byte in either direction for so long is begun anew. */
const IDLE_TIMEOUT_MS = 10_000;
/** Pauses before the second, third and fourth attempt, each shortened by chance by up to a half. */
const PAUSES_MS = [100, 400, 1500];
/** After so long no further attempt is begun: the person who waits tries again. */
const MAX_TRYING_MS = 15_000;
/** Keys in one request of removal (S3 API reference, DeleteObjects). */
const MAX_REMOVED = 1000;
/** A page of a list has 1000 keys; a part of a file is far smaller. */
const MAX_ANSWER_BYTES = 32 * 2 ** 20;

type Answer = { status: number; headers: NodeJS.Dict<string | string[]>; body: Buffer };
type Call = {
  method: string;
  key?: string;
  query?: Record<string, string>;
  range?: string;
  body?: Uint8Array;
};
type Options = { idleTimeoutMs?: number; pausesMs?: number[]; now?: () => number };

/**
 * The objects of a bucket. Keys are below the prefix of the settings. Each request is repeated a few times, with growing pauses, when
 * the service does not answer or has a fault of its own.
 * @throws BucketUnreachable, BucketRefusal
 */
export class Bucket {
  readonly settings: BucketSettings;
  private readonly agent: HttpAgent;
  private readonly signatures = new Map<string, ArrayBuffer>();
  private readonly idleTimeoutMs: number;
  private readonly pausesMs: number[];
  private readonly now: () => number;

  constructor(settings: BucketSettings, { idleTimeoutMs, pausesMs, now }: Options = {}) {
    this.settings = settings;
    const isHttps = new URL(settings.endpoint).protocol === 'https:';
    const of = { keepAlive: true, maxSockets: MAX_CONNECTIONS };
    this.agent = isHttps ? new HttpsAgent(of) : new HttpAgent(of);
    this.idleTimeoutMs = idleTimeoutMs ?? IDLE_TIMEOUT_MS;
    this.pausesMs = pausesMs ?? PAUSES_MS;
    this.now = now ?? Date.now;
  }

  /** Stores an object, whole or not at all. It is durable when the call resolves. */
  async put(key: string, body: Uint8Array): Promise<void> {
    await this.send({ method: 'PUT', key, body });
  }

  /** An object, or its bytes from `start` on and before `end`; undefined when there is none. */
  async get(key: string, range?: { start: number; end: number }): Promise<Buffer | undefined> {
    const header = range && { range: `bytes=${range.start}-${range.end - 1}` };
    const { status, body } = await this.send({ method: 'GET', key, ...header }, [404, 416]);
    if (status === 404) return undefined;
    if (status === 416) return Buffer.alloc(0);
    // A service may ignore the range (RFC 9110 §14.2).
    return range && status === 200 ? body.subarray(range.start, range.end) : body;
  }

  /** The objects whose keys begin with `prefix`, in the order of their keys, a page at a time. */
  async *list(prefix: string, maxKeys?: number): AsyncGenerator<ListedObject[]> {
    const own = this.keyOf('').length;
    let next: string | undefined;
    do {
      const query = listQuery(this.keyOf(prefix), next);
      if (maxKeys !== undefined) query['max-keys'] = String(maxKeys);
      const { body } = await this.send({ method: 'GET', query });
      const page = readListPage(body.toString());
      if (!page) throw new BucketUnreachable(`${this.host} does not list the bucket`);
      yield page.objects.map(({ key, size }) => ({ key: key.slice(own), size }));
      next = maxKeys === undefined ? page.next : undefined;
    } while (next !== undefined);
  }

  /** Removes objects; one that is not there is no error. */
  async remove(keys: string[]): Promise<void> {
    for (let from = 0; from < keys.length; from += MAX_REMOVED) {
      const objects = keys
        .slice(from, from + MAX_REMOVED)
        .map((key) => `<Object><Key>${escapeXml(this.keyOf(key))}</Key></Object>`);
      const xml = `<?xml version="1.0"?><Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet>${objects.join('')}</Delete>`;
      const answer = await this.send({ method: 'POST', query: { delete: '' }, body: Buffer.from(xml) });
      const [refused] = elementsOf(answer.body.toString(), 'Error');
      // An object may be refused in an answer that is a success.
      if (refused !== undefined) throw this.refusal({ ...answer, status: 403, body: Buffer.from(refused) });
    }
  }

  /** Ends its connections. */
  close(): void {
    this.agent.destroy();
  }

  private get host(): string {
    return new URL(this.settings.endpoint).host;
  }

  private keyOf(key: string): string {
    const { prefix } = this.settings;
    return prefix === '' ? key : `${prefix}/${key}`;
  }

  private async send(call: Call, also: number[] = []): Promise<Answer> {
    const started = performance.now();
    for (let attempt = 0; ; attempt++) {
      try {
        const answer = await this.attempt(call);
        const { status } = answer;
        if ((status >= 200 && status < 300) || (also.includes(status) && !isNoBucket(answer))) return answer;
        throw this.refusal(answer);
      } catch (error) {
        const pause = this.pausesMs[attempt];
        const isOver = pause === undefined || performance.now() - started > MAX_TRYING_MS;
        if (isOver || !isPassing(error)) throw error;
        await setTimeout(pause * (1 - Math.random() / 2));
      }
    }
  }

  private async attempt({ method, key, query, range, body }: Call): Promise<Answer> {
    const sha256 = body && createHash('sha256').update(body).digest('hex');
    // DeleteObjects demands it.
    const md5 = method === 'POST' && body && createHash('md5').update(body).digest('base64');
    const signed = await signRequest(
      { ...this.settings, cache: this.signatures },
      {
        method,
        ...(key !== undefined && { key: this.keyOf(key) }),
        ...(query && { query }),
        ...(md5 && { headers: { 'content-md5': md5 } }),
        ...(sha256 && { sha256 }),
        at: this.now(),
      },
    );
    return this.exchange({ ...signed, headers: { ...signed.headers, ...(range && { range }) } }, body);
  }

  private exchange({ method, url, headers }: Signed, body: Uint8Array | undefined): Promise<Answer> {
    const open = url.protocol === 'https:' ? requestHttps : requestHttp;
    const length = { 'content-length': String(body?.length ?? 0) };
    const hasLength = body !== undefined || method === 'PUT';
    return new Promise((resolve, reject) => {
      const request = open(url, {
        method,
        agent: this.agent,
        headers: { ...headers, ...(hasLength && length) },
        timeout: this.idleTimeoutMs,
      });
      const fail = (cause: Error) =>
        reject(
          new BucketUnreachable(
            `${this.host} does not answer: ${(cause as NodeJS.ErrnoException).code ?? cause.message}`,
            { cause },
          ),
        );
      request.on('timeout', () => request.destroy(new Error('no answer in time')));
      request.on('error', fail);
      request.on('response', (response) => {
        const pieces: Buffer[] = [];
        let size = 0;
        response.on('data', (piece: Buffer) => {
          size += piece.length;
          pieces.push(piece);
          if (size > MAX_ANSWER_BYTES) response.destroy(new Error('its answer is too long'));
        });
        response.on('error', fail);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(pieces),
          }),
        );
      });
      request.end(body);
    });
  }

  private refusal({ status, headers, body }: Answer): BucketRefusal {
    const region = headers['x-amz-bucket-region'];
    return new BucketRefusal(`${this.host} refuses a request`, {
      status,
      xml: body.toString(),
      region: typeof region === 'string' ? region : undefined,
      skewMs: Date.parse(String(headers.date)) - this.now() || 0,
    });
  }
}

/** Whether an answer of 404 means the bucket and not the object. */
function isNoBucket({ status, body }: Answer): boolean {
  return status === 404 && elementsOf(body.toString(), 'Code')[0] === 'NoSuchBucket';
}
