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
 * Finds out why a request got no answer, or none that the browser shows: whether the server answers another request, a
 * proxy in front of it does, or nothing. On a home network there is no tunnel; elsewhere the tunnel's edge always
 * answers, so silence means that this device has no internet.
 */
export function createProbe({ base, host, fetch = globalThis.fetch, timeoutMs = TIMEOUT_MS }: Deps) {
  const request = (path: string, mode: RequestMode) =>
    fetch(base + path, {
      mode,
      cache: 'no-store',
      credentials: 'omit',
      signal: AbortSignal.timeout(timeoutMs),
    }).catch(() => undefined);

  return async function probe(): Promise<ConnectionStatus> {
    const answer = await request('/health/ready', 'cors');
    const body: unknown = await answer?.json().catch(() => undefined);
    if (answer && body && typeof body === 'object') {
      return 'code' in body && body.code === 'NOT_READY' ? 'cipher' : 'unreachable';
    }
    // An error page of another origin's tunnel cannot be read; that there is one can be seen.
    if (answer || (await request('/health/live', 'no-cors')))
      return isLocalHost(host) ? 'unreachable' : 'tunnel';
    return isLocalHost(host) ? 'unreachable' : 'internet';
  };
}

/** Probes the API at `base` from the page's own address. */
export const probeApi = (base: string): Promise<ConnectionStatus> =>
  createProbe({ base, host: new URL(base, location.href).hostname })();

/** Whether a host is this machine or on a home network. */
export function isLocalHost(host: string): boolean {
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
