import { once } from 'node:events';
import { isIP } from 'node:net';
import { inNetworks } from '../../http/client-ip.ts';
import { isPublicAddress, pinnedTo, type Resolve, resolveName } from '../../http/outbound.ts';
import type { Log } from '../../log.ts';
import type { WatchingSettings } from '../../watching-settings.ts';
import { alertText } from './alert-texts.ts';
import type { AlertMessage } from './alerts.ts';

/** For one attempt, the name included. */
const TIMEOUT_MS = 10_000;
/** Milliseconds before each further attempt; after the last one the message is dropped. */
const RETRY_DELAYS_MS = [60_000, 600_000];
/** Networks of homes, of this machine and of its containers (RFC 1918, 4193, 6598). */
const isHome = inNetworks([
  ...['10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
  ...['fc00::/7', '::1/128'],
]);

type Post = { url: string; headers: Record<string, string>; body: string };
export type AlertPostDeps = {
  log: Pick<Log, 'warn'>;
  resolve?: Resolve;
  ca?: string;
  retryDelaysMs?: number[];
};

/**
 * Sends alerts to the addresses that the operator has set: ntfy gets both languages, a webhook JSON `{code, state, since, text}`.
 * These two addresses may lie at home, by http too; to the internet goes https alone. Redirects are not followed, and of
 * an answer only the status is read.
 */
export function createAlertPosts(
  { ntfyUrl, webhookUrl }: Pick<WatchingSettings, 'ntfyUrl' | 'webhookUrl'>,
  { log, retryDelaysMs = RETRY_DELAYS_MS, ...deps }: AlertPostDeps,
): { send(message: AlertMessage): void; close(): void } {
  const timers = new Set<NodeJS.Timeout>();
  const attempt = (post: Post, failures = 0): void => {
    send(post, deps).catch((error: Error) => {
      const delayMs = retryDelaysMs[failures];
      if (delayMs === undefined) {
        // The address is a secret: whoever knows it may send alerts, or read them.
        log.warn({ host: new URL(post.url).hostname, cause: error.message }, 'an alert could not be sent');
        return;
      }
      const timer = setTimeout(() => {
        timers.delete(timer);
        attempt(post, failures + 1);
      }, delayMs).unref();
      timers.add(timer);
    });
  };
  return {
    send: (message) => {
      if (ntfyUrl !== undefined) attempt(ntfyPost(ntfyUrl, message));
      if (webhookUrl !== undefined) attempt(webhookPost(webhookUrl, message));
    },
    close: () => {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}

function ntfyPost(url: string, { code, hasEnded }: AlertMessage): Post {
  const { id, en } = alertText(code, hasEnded);
  const headers = {
    'Content-Type': 'text/plain; charset=utf-8',
    Title: 'Bisik',
    Tags: hasEnded ? 'white_check_mark' : 'warning',
    Priority: hasEnded ? 'default' : 'high',
  };
  return { url, headers, body: `${id}\n${en}` };
}

function webhookPost(url: string, { code, since, hasEnded }: AlertMessage): Post {
  const state = hasEnded ? 'resolved' : 'firing';
  const text = alertText(code, hasEnded);
  const body = JSON.stringify({ code, state, since: new Date(since).toISOString(), text });
  return { url, headers: { 'Content-Type': 'application/json' }, body };
}

async function send(
  { url: text, headers, body }: Post,
  { resolve = resolveName, ca }: Pick<AlertPostDeps, 'resolve' | 'ca'>,
): Promise<void> {
  const url = new URL(text);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const addresses = await addressesOf(url, resolve, signal);
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  const sent = request(url, {
    method: 'POST',
    headers: { ...headers, 'Content-Length': Buffer.byteLength(body) },
    lookup: pinnedTo(addresses),
    agent: false,
    signal,
    ...(ca && { ca }),
  });
  sent.end(body);
  const [response] = await once(sent, 'response');
  response.on('error', () => {});
  response.destroy();
  if (response.statusCode >= 300) throw new Error(`it answered ${response.statusCode}`);
}

/** The addresses of a URL, resolved once. @throws Error when one of them may not be reached this way */
async function addressesOf(
  { hostname, protocol }: URL,
  resolve: Resolve,
  signal: AbortSignal,
): Promise<string[]> {
  const host = hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(host) ? [host] : host === 'localhost' ? ['127.0.0.1'] : await resolve(host, signal);
  const isAllowed = (address: string) =>
    isHome(address) || (protocol === 'https:' && isPublicAddress(address));
  if (addresses.length === 0) throw new Error('its name has no address');
  if (!addresses.every(isAllowed)) throw new Error('its address may not be reached this way');
  return addresses;
}
