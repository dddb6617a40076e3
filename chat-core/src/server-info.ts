import { ownerIds } from './admin/owners.ts';
import type { Config } from './config.ts';
import { type Route, route } from './http/route.ts';
import { relyingPartyOf } from './passkeys/relying-party.ts';
import type { LiveSettings } from './settings.ts';
import type { Store } from './storage/store.ts';
import { ServerInfo } from './wire/account.ts';

/** How this server is configured, for anyone who opens its page. */
export function serverInfoRoutes(
  { oidc, ...config }: Config,
  settings: LiveSettings,
  store: Pick<Store, 'allIds' | 'signedIn'>,
): Route[] {
  let hasOwner = false;
  return [
    route({
      method: 'get',
      path: '/box',
      summary:
        'How this box takes new accounts and friends, what logins need, and how long a message can be edited',
      who: 'anyone',
      priority: 'low',
      answer: ServerInfo,
      errors: [],
      handle: async () => {
        // A box that has an owner keeps one, so the accounts are looked at only before.
        hasOwner ||= ownerIds(store).length > 0;
        return {
          registration: settings.registration,
          friendship: settings.friendship,
          secondFactor: settings.secondFactor,
          passkeys: relyingPartyOf(config) !== undefined,
          editMs: settings.editMs,
          ...(settings.retentionDays > 0 && { retentionDays: settings.retentionDays }),
          ...(oidc && { oidc: { name: oidc.name } }),
          ...(!hasOwner && { ownerless: true as const }),
        };
      },
    }),
  ];
}
