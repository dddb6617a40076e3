import type { ErrorCode } from '../../../chat-core/src/errors.ts';
import type { ApiError, ApiErrorCode } from '../api/api-error.ts';

/**
 * How things stand with the box, `ok` or what is wrong. The own network: `offline`, `internet` (there is one, it leads
 * nowhere), `foreign` (somebody in between answers in the box's name). The tunnel: `tunnel`. The box: `unreachable`,
 * `trouble`, `storage`, `full`, `busy`. Its cipher: `cipher`.
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

/** The ways from this page to a sealed message, in order. */
export const HOPS = ['network', 'tunnel', 'box', 'cipher'] as const;
export type Hop = (typeof HOPS)[number];

const BROKEN: Record<Exclude<ConnectionStatus, 'ok'>, Hop> = {
  offline: 'network',
  internet: 'network',
  foreign: 'network',
  tunnel: 'tunnel',
  unreachable: 'box',
  trouble: 'box',
  storage: 'box',
  full: 'box',
  busy: 'box',
  cipher: 'cipher',
};

const TOLD: Partial<Record<ApiErrorCode, ConnectionStatus>> = {
  CIPHER_UNAVAILABLE: 'cipher',
  NOT_READY: 'cipher',
  STORAGE_UNAVAILABLE: 'storage',
  DISK_FULL: 'full',
  OVERLOADED: 'busy',
  TOO_MANY_REQUESTS: 'busy',
} satisfies Partial<Record<ErrorCode, ConnectionStatus>>;

/**
 * Which hop failed, as far as one answer tells. One without a code of ours is not from the box: a page instead of an
 * answer comes from a network that wants a login, an error from the tunnel (Cloudflare's 52x and 530) or a proxy.
 */
export function connectionOf(
  { code, status }: Pick<ApiError, 'code' | 'status'>,
  online: boolean,
): ConnectionStatus {
  if (status === 0) return online ? 'unreachable' : 'offline';
  if (code === 'UNKNOWN') return status >= 500 && status !== 511 ? 'tunnel' : 'foreign';
  return TOLD[code] ?? 'trouble';
}

/** What the reason says that a message still waits for, when it is more than the message's own matter. */
export function connectionOfPending(reason: ApiErrorCode | undefined): ConnectionStatus {
  const link = reason && TOLD[reason];
  return link && link !== 'busy' ? link : 'ok';
}

export type HopState = 'fine' | 'broken' | 'unknown';

/** What is known of each hop: those before a broken one work, those behind it nobody can see. */
export function hopsOf(link: Exclude<ConnectionStatus, 'ok'>): Record<Hop, HopState> {
  const broken = HOPS.indexOf(BROKEN[link]);
  const state = (at: number): HopState => (at < broken ? 'fine' : at > broken ? 'unknown' : 'broken');
  return { network: state(0), tunnel: state(1), box: state(2), cipher: state(3) };
}
