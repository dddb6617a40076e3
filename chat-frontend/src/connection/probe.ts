import type { ConnectionStatus } from '../state/connection-status.ts';

const TIMEOUT_MS = 5_000;

type Deps = {
  /** Where the API answers, such as `/api`. */
  base: string;
  /** The host of the API, or of this page when both are one. */
  host: string;
  fetch?: typeof fetch;
  timeoutMs?: number;
};

/**
 * Looks further when a request got no answer at all, or none the browser shows: whether the box answers another
 * question, somebody before it does, or nobody. At home there is no tunnel; elsewhere its edge always answers, so that
 * silence means that this device does not reach the internet.
 */
export function createProbe({ base, host, fetch = globalThis.fetch, timeoutMs = TIMEOUT_MS }: Deps) {
  const ask = (path: string, mode: RequestMode) =>
    fetch(base + path, {
      mode,
      cache: 'no-store',
      credentials: 'omit',
      signal: AbortSignal.timeout(timeoutMs),
    }).catch(() => undefined);

  return async function probe(): Promise<ConnectionStatus> {
    const answer = await ask('/health/ready', 'cors');
    const said: unknown = await answer?.json().catch(() => undefined);
    if (answer && said && typeof said === 'object') {
      return 'code' in said && said.code === 'NOT_READY' ? 'cipher' : 'unreachable';
    }
    // An error page of another origin's tunnel may not be read; that there is one can be seen.
    if (answer || (await ask('/health/live', 'no-cors'))) return isHome(host) ? 'unreachable' : 'tunnel';
    return isHome(host) ? 'unreachable' : 'internet';
  };
}

/** Whether a host is of this machine or of a home network. */
export function isHome(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$/g, '');
  if (
    /^(127|10)\.|^192\.168\.|^169\.254\.|^172\.(1[6-9]|2\d|3[01])\.|^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./.test(
      name,
    )
  )
    return true;
  if (/^(::1|f[cd]|fe[89ab])/.test(name) && name.includes(':')) return true;
  return !/[.:]/.test(name) || /\.(localhost|local|lan|home|internal|home\.arpa)$/.test(name);
}
