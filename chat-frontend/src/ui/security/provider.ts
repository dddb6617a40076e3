import type { OidcPurpose, StartOidcAnswer } from '../../../../chat-core/src/wire/wire.ts';
import { attempt } from '../../key-value-store.ts';
import type { Ui } from '../ui.ts';

/** A login by the provider that this tab has begun: its verifier proves that, and leaves the tab with the code alone. */
export type Pending = {
  purpose: OidcPurpose;
  verifier: string;
  /** Where a login goes on. */
  next?: string;
  invite?: string;
  /** To confirm who one is: the screen that asked for it. Without one, to set a first password. */
  screen?: 'security' | 'settings';
  /** To link an account. */
  ticket?: string;
};

/** Not of the key-value store, which would take it for what this browser cannot store elsewhere. */
const KEY = 'provider-login';
const VERIFIER_BYTES = 32;

/** Whether this browser can begin such a login: hashing needs https, or localhost. */
export const canBegin = () => isSecureContext;

/** Goes to the provider. Rejects with ApiError. */
export async function beginAtProvider(
  { http }: Pick<Ui, 'http'>,
  pending: Omit<Pending, 'verifier'>,
): Promise<void> {
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(VERIFIER_BYTES)));
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  const input = { purpose: pending.purpose, challenge: base64url(new Uint8Array(hash)) };
  const { url } = await http.post<StartOidcAnswer>('/auth/oidc/start', input);
  sessionStorage.setItem(KEY, JSON.stringify({ ...pending, verifier } satisfies Pending));
  location.assign(url);
}

/** What this tab has begun, until `forgetPending`. */
export function readPending(): Pending | undefined {
  const pending = attempt<Pending | null>(() => JSON.parse(sessionStorage.getItem(KEY) ?? 'null'), null);
  return typeof pending?.verifier === 'string' ? pending : undefined;
}

export const forgetPending = () => sessionStorage.removeItem(KEY);

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/[+/=]/g, (one) => ({ '+': '-', '/': '_' })[one] ?? '');
}
