import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** What a test does to a request: an answer of a status, or a connection that ends before the request or after it was done. */
export type S3Fault = number | 'cut before' | 'cut after';

/**
 * A bucket in memory behind the S3 API, as far as backups and files use it. It checks each signature (AWS Signature Version 4), and
 * what services check beside it: the key, the region, and that the clock is at most 15 minutes off.
 */
export type S3Server = {
  endpoint: string;
  objects: Map<string, Buffer>;
  /** Requests answered with 403, because their signature or the SHA-256 of their body is wrong. */
  refused: number;
  /** Requests that were done, by method. */
  done: Map<string, number>;
  /** Called with each request, before it is answered; a status that it returns is the answer. */
  intercept: ((method: string, key: string) => S3Fault | undefined) | undefined;
  stop(): Promise<void>;
};

const MAX_SKEW_MS = 15 * 60_000;
const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
/** RFC 3986 percent-encoding, as the signature needs it. */
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
const unescapeKey = (text: string) =>
  text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(code)).replaceAll('&amp;', '&');

/** The parts of the Authorization header (AWS General Reference, Signature Version 4). */
function credentialOf({ headers }: IncomingMessage) {
  const given =
    /Credential=([^/]+)\/(\d+)\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})/.exec(
      headers.authorization ?? '',
    );
  const [, keyId = '', day = '', region = '', signedHeaders = '', signature = ''] = given ?? [];
  return { keyId, day, region, signedHeaders, signature };
}

/** The signature that a request must have. */
function signatureOf(request: IncomingMessage, url: URL, secret: string): string {
  const { method, headers } = request;
  const { day, region, signedHeaders } = credentialOf(request);
  const query = [...url.searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).sort();
  const canonical = [
    method,
    url.pathname
      .split('/')
      .map((part) => encode(decodeURIComponent(part)))
      .join('/'),
    query.join('&'),
    ...signedHeaders.split(';').map((name) => `${name}:${String(headers[name]).trim()}`),
    '',
    signedHeaders,
    headers['x-amz-content-sha256'],
  ].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = `AWS4-HMAC-SHA256\n${headers['x-amz-date']}\n${scope}\n${sha256(canonical)}`;
  const key = ['s3', 'aws4_request'].reduce(
    (part, word) => hmac(part, word),
    hmac(hmac(`AWS4${secret}`, day), region),
  );
  return hmac(key, text).toString('hex');
}

/** Epoch milliseconds of `20261130T011500Z`. */
const timeOf = (text: string) =>
  Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));

type Options = {
  bucket: string;
  secret: string;
  keyId?: string;
  /** Where the bucket is; any region without one. */
  region?: string;
  /** Objects in one page of a list. */
  pageSize?: number;
};

export async function startS3Server({
  bucket,
  secret,
  keyId = 'KEYID',
  region,
  pageSize = 1000,
}: Options): Promise<S3Server> {
  const objects = new Map<string, Buffer>();
  const state: S3Server = {
    endpoint: '',
    objects,
    refused: 0,
    done: new Map(),
    intercept: undefined,
    stop: async () => {},
  };
  const refuse = (response: ServerResponse, status: number, code: string, more = '') => {
    if (status === 403) state.refused += 1;
    response.writeHead(status).end(`<Error><Code>${code}</Code>${more}</Error>`);
  };
  /** Whether a request is refused, which is answered then. */
  const isRefused = (request: IncomingMessage, response: ServerResponse, url: URL, body: Buffer) => {
    const given = credentialOf(request);
    const skew = Math.abs(timeOf(String(request.headers['x-amz-date'])) - Date.now());
    if (given.keyId !== keyId) refuse(response, 403, 'InvalidAccessKeyId');
    else if (!(skew <= MAX_SKEW_MS)) refuse(response, 403, 'RequestTimeTooSkewed');
    else if (region !== undefined && given.region !== region)
      refuse(response, 400, 'AuthorizationHeaderMalformed', `<Region>${region}</Region>`);
    else if (given.signature !== signatureOf(request, url, secret))
      refuse(response, 403, 'SignatureDoesNotMatch');
    else if (request.headers['x-amz-content-sha256'] !== sha256(body))
      refuse(response, 403, 'XAmzContentSHA256Mismatch');
    else return false;
    return true;
  };
  const answer = (
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    body: Buffer,
    key: string,
  ) => {
    const { method = '' } = request;
    state.done.set(method, (state.done.get(method) ?? 0) + 1);
    if (method === 'GET' && key === '') response.end(listOf(url.searchParams));
    else if (method === 'POST' && url.searchParams.has('delete')) {
      const md5 = createHash('md5').update(body).digest('base64');
      if (request.headers['content-md5'] !== md5) return refuse(response, 400, 'BadDigest');
      const keys = [...body.toString().matchAll(/<Key>(.*?)<\/Key>/g)].map(([, one = '']) =>
        unescapeKey(one),
      );
      if (keys.length === 0 || keys.length > 1000) return refuse(response, 400, 'MalformedXML');
      for (const one of keys) objects.delete(one);
      response.end('<?xml version="1.0"?><DeleteResult/>');
    } else if (method === 'PUT') {
      objects.set(key, body);
      response.end();
    } else if (method === 'DELETE') {
      objects.delete(key);
      response.writeHead(204).end();
    } else {
      const found = objects.get(key);
      if (!found) return refuse(response, 404, 'NoSuchKey');
      const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
      if (from !== undefined && Number(from) >= found.length) return refuse(response, 416, 'InvalidRange');
      const sent = from === undefined ? found : found.subarray(Number(from), Number(to) + 1);
      response.writeHead(from === undefined ? 200 : 206, { 'content-length': sent.length });
      response.end(method === 'HEAD' ? undefined : sent);
    }
  };
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', state.endpoint);
    const [, inBucket, ...rest] = url.pathname.split('/').map(decodeURIComponent);
    const key = rest.join('/');
    const fault = state.intercept?.(request.method ?? '', key);
    if (fault === 'cut before') return void request.socket.destroy();
    if (typeof fault === 'number') {
      request.resume();
      response.writeHead(fault).end();
      return;
    }
    const body = await buffer(request).catch(() => undefined);
    // A request that was cut off stores nothing.
    if (!body) return;
    if (isRefused(request, response, url, body)) return;
    if (inBucket !== bucket) return refuse(response, 404, 'NoSuchBucket');
    if (fault === 'cut after') {
      response.end = () => {
        request.socket.destroy();
        return response;
      };
    }
    answer(request, response, url, body, key);
  });
  const listOf = (query: URLSearchParams): string => {
    const keys = [...objects.keys()].filter((key) => key.startsWith(query.get('prefix') ?? '')).sort();
    const after = query.get('continuation-token') ?? '';
    const left = keys.filter((key) => key > after);
    const shown = left.slice(0, Math.min(pageSize, Number(query.get('max-keys') ?? pageSize)));
    const escapeKey = (key: string) => key.replaceAll('&', '&amp;');
    const page = shown.map(
      (key) => `<Contents><Key>${escapeKey(key)}</Key><Size>${objects.get(key)?.length}</Size></Contents>`,
    );
    const last = shown.at(-1);
    const next =
      last !== undefined && shown.length < left.length
        ? `<NextContinuationToken>${escapeKey(last)}</NextContinuationToken>`
        : '';
    return `<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${page.join('')}${next}</ListBucketResult>`;
  };
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  state.endpoint = `http://127.0.0.1:${address.port}`;
  state.stop = async () => {
    server.closeAllConnections();
    await new Promise((ended) => server.close(ended));
  };
  return state;
}
