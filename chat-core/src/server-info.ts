import type { Config } from './config.ts';
import { type Route, route } from './http/route.ts';
import { relyingPartyOf } from './passkeys/relying-party.ts';
import type { LiveSettings } from './settings.ts';
import { ServerInfo } from './wire/account.ts';

/** How this server is configured, for anyone who opens its page. */
export function serverInfoRoutes({ oidc, ...config }: Config, settings: LiveSettings): Route[] {
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
      handle: async () => ({
        registration: settings.registration,
        friendship: settings.friendship,
        secondFactor: settings.secondFactor,
        passkeys: relyingPartyOf(config) !== undefined,
        editMs: settings.editMs,
        ...(oidc && { oidc: { name: oidc.name } }),
      }),
    }),
  ];
}
