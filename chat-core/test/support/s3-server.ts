import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** A bucket in memory behind the S3 API, as far as backups use it. It checks each signature (AWS Signature Version 4). */
export type S3Server = {
  endpoint: string;
  objects: Map<string, Buffer>;
  /** Requests answered with 403, because their signature or the SHA-256 of their body is wrong. */
  refused: number;
  /** Called with each request, before it is answered; a status that it returns is the answer. */
  intercept: ((method: string, key: string) => number | undefined) | undefined;
  stop(): Promise<void>;
};

const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
/** RFC 3986 percent-encoding, as the signature needs it. */
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);

/** The signature that a request must have (AWS General Reference, Signature Version 4). */
function signatureOf({ method, headers }: IncomingMessage, url: URL, secret: string): string {
  const given = /Credential=[^/]+\/(\d+)\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+),/.exec(
    headers.authorization ?? '',
  );
  const [, day = '', region = '', signedHeaders = ''] = given ?? [];
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

/** `pageSize`: objects in one page of a list. */
export async function startS3Server({
  bucket,
  secret,
  pageSize = 1000,
}: {
  bucket: string;
  secret: string;
  pageSize?: number;
}): Promise<S3Server> {
  const objects = new Map<string, Buffer>();
  const state: S3Server = { endpoint: '', objects, refused: 0, intercept: undefined, stop: async () => {} };
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', state.endpoint);
    const [, inBucket, ...rest] = url.pathname.split('/').map(decodeURIComponent);
    const key = rest.join('/');
    const status = state.intercept?.(request.method ?? '', key);
    if (status !== undefined) {
      request.resume();
      response.writeHead(status).end();
      return;
    }
    const body = await buffer(request).catch(() => undefined);
    // A request that was cut off stores nothing.
    if (!body) return;
    const signature = /Signature=([0-9a-f]{64})/.exec(request.headers.authorization ?? '')?.[1];
    const isOwn = signature === signatureOf(request, url, secret);
    if (!isOwn || request.headers['x-amz-content-sha256'] !== sha256(body)) {
      state.refused += 1;
      response.writeHead(403).end('<Error><Code>SignatureDoesNotMatch</Code></Error>');
      return;
    }
    if (inBucket !== bucket) response.writeHead(404).end();
    else if (request.method === 'GET' && key === '') response.end(listOf(url.searchParams));
    else if (request.method === 'PUT') {
      objects.set(key, body);
      response.end();
    } else if (request.method === 'DELETE') {
      objects.delete(key);
      response.writeHead(204).end();
    } else {
      const found = objects.get(key);
      if (!found) response.writeHead(404).end();
      else {
        response.setHeader('content-length', found.length);
        response.end(request.method === 'HEAD' ? undefined : found);
      }
    }
  });
  const listOf = (query: URLSearchParams): string => {
    const keys = [...objects.keys()].filter((key) => key.startsWith(query.get('prefix') ?? '')).sort();
    const from = Number(query.get('continuation-token') ?? 0);
    const page = keys.slice(from, from + pageSize).map((key) => {
      const text = key.replaceAll('&', '&amp;');
      return `<Contents><Key>${text}</Key><Size>${objects.get(key)?.length}</Size></Contents>`;
    });
    const more = from + pageSize < keys.length;
    const next = more ? `<NextContinuationToken>${from + pageSize}</NextContinuationToken>` : '';
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
