import { Resolver } from 'node:dns/promises';
import { request } from 'node:https';
import type { LookupFunction } from 'node:net';
import { isPublic } from './endpoint.ts';

const DNS_MS = 3000;
const ANSWER_MS = 10_000;

/** One sealed push. */
export type Letter = { endpoint: string; headers: Record<string, string | number>; body: Buffer };
/** What a push service answered; `retryAfter` is in seconds, 0 when it did not say. */
export type Receipt = { status: number; retryAfter: number };
/** Sends a letter. @throws Error when no push service of the internet answers in time */
export type Post = (letter: Letter) => Promise<Receipt>;

/** `resolve` answers all addresses of a name. The rest is for a push service that a test runs. */
export type PostDeps = {
  resolve?: (host: string) => Promise<string[]>;
  isAllowed?: (address: string) => boolean;
  port?: number;
  ca?: string;
  /** The longest a push service may take, in milliseconds. */
  answerMs?: number;
};

/**
 * A way to send letters that leads to the internet alone: the name is resolved once, every address it has must be
 * public, and the connection goes to one of these and not to what the name means a moment later. Nobody is followed
 * elsewhere, and of an answer only its status is read. Names are asked for without libuv's threads: a network without
 * DNS must not keep a commit waiting for one.
 */
export function createPost({
  resolve = resolveName,
  isAllowed = isPublic,
  port = 443,
  ca,
  answerMs = ANSWER_MS,
}: PostDeps = {}): Post {
  return async ({ endpoint, headers, body }) => {
    const url = new URL(endpoint);
    const addresses = await resolve(url.hostname);
    if (addresses.length === 0 || !addresses.every(isAllowed)) {
      throw new Error('the push service has no public address');
    }
    const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    const lookup: LookupFunction = (_host, { all }, done) => {
      const [first = { address: '', family: 4 }] = found;
      if (all) done(null, found);
      else done(null, first.address, first.family);
    };
    return new Promise((done, fail) => {
      const call = request(
        {
          method: 'POST',
          host: url.hostname,
          port,
          path: url.pathname + url.search,
          headers: { ...headers, 'Content-Length': body.length },
          lookup,
          agent: false,
          signal: AbortSignal.timeout(answerMs),
          ...(ca && { ca }),
        },
        (answer) => {
          const after = Number(answer.headers['retry-after'] ?? 0);
          done({ status: answer.statusCode ?? 0, retryAfter: Number.isNaN(after) ? 0 : after });
          answer.on('error', () => {});
          answer.destroy();
        },
      );
      call.on('error', fail);
      call.end(body);
    });
  };
}

async function resolveName(host: string): Promise<string[]> {
  const resolver = new Resolver({ timeout: DNS_MS, tries: 2 });
  const asked = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  return asked.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
}
