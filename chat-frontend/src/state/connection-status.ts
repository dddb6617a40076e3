import type { ErrorCode } from '../../../chat-core/src/errors.ts';
import type { ApiError, ApiErrorCode } from '../api/api-error.ts';

/**
 * The connection to the server, `ok` or what is wrong with it. This network: `offline`, `internet` (no way out of it),
 * `foreign` (an intermediary answers instead of the server). The tunnel: `tunnel`. The server: `unreachable`, `trouble`,
 * `storage`, `full`, `busy`. The cipher service: `cipher`.
 */
export type ConnectionStatus =
  | 'ok'
  | 'offline'
  | 'internet'
  | 'foreign'
  | 'tunnel'
  | 'unreachable'
  | 'trouble'
  | 'storage'
  | 'full'
  | 'busy'
  | 'cipher';

/** The hops from this page to a sealed message, in order. */
export const HOPS = ['network', 'tunnel', 'box', 'cipher'] as const;
export type Hop = (typeof HOPS)[number];

/** The broken hop of each status; any other status is about the server. */
const BROKEN: Partial<Record<ConnectionStatus, Hop>> = {
  offline: 'network',
  internet: 'network',
  foreign: 'network',
  tunnel: 'tunnel',
  cipher: 'cipher',
};

const BY_CODE: Partial<Record<ApiErrorCode, ConnectionStatus>> = {
  CIPHER_UNAVAILABLE: 'cipher',
  NOT_READY: 'cipher',
  STORAGE_UNAVAILABLE: 'storage',
  DISK_FULL: 'full',
  OVERLOADED: 'busy',
  TOO_MANY_REQUESTS: 'busy',
} satisfies Partial<Record<ErrorCode, ConnectionStatus>>;

/**
 * Which hop failed, as far as one answer shows. An answer without an error code of the API is not from the server: a page
 * is from a captive portal, an error from the tunnel (Cloudflare's 52x and 530) or a proxy.
 */
export function connectionOf(
  { code, status }: Pick<ApiError, 'code' | 'status'>,
  online: boolean,
): ConnectionStatus {
  if (status === 0) return online ? 'unreachable' : 'offline';
  if (code === 'UNKNOWN') return status >= 500 && status !== 511 ? 'tunnel' : 'foreign';
  return BY_CODE[code] ?? 'trouble';
}

/** The status that the reason of a waiting message shows; `ok` where the reason concerns that message alone. */
export function connectionOfPending(reason: ApiErrorCode | undefined): ConnectionStatus {
  const status = reason && BY_CODE[reason];
  return status && status !== 'busy' ? status : 'ok';
}

export type HopState = 'fine' | 'broken' | 'unknown';

/** The state of each hop: those before the broken one work, those behind it are unknown. */
export function hopsOf(status: Exclude<ConnectionStatus, 'ok'>): Record<Hop, HopState> {
  const broken = HOPS.indexOf(BROKEN[status] ?? 'box');
  const state = (index: number): HopState =>
    index < broken ? 'fine' : index > broken ? 'unknown' : 'broken';
  return { network: state(0), tunnel: state(1), box: state(2), cipher: state(3) };
}
