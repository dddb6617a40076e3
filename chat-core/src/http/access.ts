import type { Route } from './route.ts';

/** Whom a route serves, and with which data. */
type Reach =
  /** Anyone, without a login. */
  | 'anyone'
  /** Anyone who sends the password, the code or the signed address that the request is about. */
  | 'holder'
  /** An account, about nothing but its own data. */
  | 'own'
  /** An account, about itself, in a session that has just proved its owner again (a ticket). */
  | 'ticket'
  /** An account that knows the code of an invitation or of a link. */
  | 'code'
  /** An account and another person: their relation decides. */
  | 'people'
  /** The members of the conversation. */
  | 'members'
  /** The members of the group whose role permits it. */
  | 'role'
  /** The owners of the box. */
  | 'owner';

/** Its reach, and the field that has to hold the caller’s own id. */
type Access = { reach: Reach; self?: string };

/** Every route, and whom it serves. The router is built from this table: what has no row here stops the start. */
export const ACCESS: Readonly<Record<string, Access>> = {
  'GET /box': { reach: 'anyone' },
  'GET /health/live': { reach: 'anyone' },
  'GET /health/ready': { reach: 'anyone' },
  'POST /auth/register': { reach: 'anyone' },
  'POST /auth/login': { reach: 'holder' },
  'POST /auth/reset-password': { reach: 'holder' },
  'GET /auth/passkey-challenge': { reach: 'anyone' },
  'POST /auth/login/passkey': { reach: 'holder' },
  'POST /auth/oidc/start': { reach: 'anyone' },
  'GET /auth/oidc/callback': { reach: 'anyone' },
  'POST /auth/oidc/login': { reach: 'holder' },
  'POST /auth/oidc/register': { reach: 'holder' },
  'POST /invites/look': { reach: 'holder' },
  'GET /files/:conversationId/:seq/:attachmentId': { reach: 'holder' },
  'GET /me/export': { reach: 'holder' },

  'GET /sync': { reach: 'own' },
  'PATCH /me': { reach: 'own' },
  'DELETE /me': { reach: 'ticket' },
  'POST /me/export': { reach: 'own' },
  'GET /me/storage': { reach: 'own' },
  'GET /people/:userId/picture': { reach: 'people' },

  'POST /auth/refresh': { reach: 'own' },
  'POST /auth/logout': { reach: 'own' },
  'GET /auth/devices': { reach: 'own' },
  'DELETE /auth/devices/:deviceId': { reach: 'own' },
  'POST /auth/change-password': { reach: 'own', self: 'userId' },
  'POST /auth/reauthenticate': { reach: 'own' },
  'GET /auth/second-factor': { reach: 'own' },
  'POST /auth/second-factor/totp': { reach: 'ticket' },
  'POST /auth/second-factor/totp/confirm': { reach: 'ticket' },
  'POST /auth/second-factor/totp/remove': { reach: 'ticket' },
  'POST /auth/second-factor/recovery-codes': { reach: 'ticket' },
  'POST /auth/second-factor/passkeys/offer': { reach: 'ticket' },
  'POST /auth/second-factor/passkeys': { reach: 'ticket' },
  'POST /auth/second-factor/passkeys/rename': { reach: 'ticket' },
  'POST /auth/second-factor/passkeys/remove': { reach: 'ticket' },
  'GET /auth/oidc': { reach: 'own' },
  'POST /auth/oidc/reauthenticate': { reach: 'own' },
  'POST /auth/oidc/link': { reach: 'ticket' },
  'POST /auth/oidc/unlink': { reach: 'ticket' },
  'POST /auth/oidc/password': { reach: 'ticket' },

  'GET /push/key': { reach: 'own' },
  'POST /push/subscribe': { reach: 'own' },
  'POST /push/unsubscribe': { reach: 'own' },
  'POST /push/test': { reach: 'own' },

  'POST /invites': { reach: 'own' },
  'GET /invites': { reach: 'own' },
  'POST /invites/revoke': { reach: 'own' },
  'POST /invites/accept': { reach: 'code' },

  'POST /friends/add': { reach: 'people', self: 'myId' },
  'POST /friends/accept': { reach: 'people' },
  'POST /friends/decline': { reach: 'people' },
  'POST /friends/withdraw': { reach: 'people' },
  'POST /friends/remove': { reach: 'people' },
  'POST /friends/block': { reach: 'people' },
  'POST /friends/unblock': { reach: 'people' },
  'POST /friends/report': { reach: 'members' },
  'GET /friends/requests': { reach: 'own' },
  'GET /friends/blocked': { reach: 'own' },
  'GET /friends/:userId': { reach: 'own', self: 'userId' },

  'POST /chat/send': { reach: 'people', self: 'senderId' },
  'GET /chat/history': { reach: 'members', self: 'myId' },
  'POST /chat/forward': { reach: 'members' },
  'POST /chat/scheduled': { reach: 'members' },
  'GET /chat/scheduled': { reach: 'own' },
  'DELETE /chat/scheduled/:id': { reach: 'own' },
  'POST /chat/read': { reach: 'members' },
  'POST /chat/typing': { reach: 'members' },
  'POST /chat/mute': { reach: 'members' },
  'PUT /conversations/:conversationId/flags': { reach: 'members' },
  'PUT /conversations/:conversationId/messages/:seq/star': { reach: 'members' },
  'DELETE /conversations/:conversationId/messages/:seq/star': { reach: 'members' },
  'GET /stars': { reach: 'own' },
  'POST /notes': { reach: 'own' },
  'PUT /conversations/:conversationId/pin': { reach: 'members' },
  'DELETE /conversations/:conversationId/pin': { reach: 'members' },
  'PATCH /conversations/:conversationId/messages/:seq': { reach: 'members' },
  'DELETE /conversations/:conversationId/messages/:seq': { reach: 'members' },
  'PUT /conversations/:conversationId/expiry': { reach: 'members' },
  'GET /conversations/:conversationId/messages/:seq/receipts': { reach: 'members' },
  'GET /conversations/:conversationId/messages/:seq/reactions': { reach: 'members' },
  'PUT /conversations/:conversationId/messages/:seq/reactions/:emoji': { reach: 'members' },
  'DELETE /conversations/:conversationId/messages/:seq/reactions/:emoji': { reach: 'members' },
  'GET /conversations/:conversationId/messages/:seq/votes': { reach: 'members' },
  'PUT /conversations/:conversationId/messages/:seq/vote': { reach: 'members' },
  'PUT /conversations/:conversationId/messages/:seq/close': { reach: 'members' },
  'GET /conversations/:conversationId/messages/:seq/attachments/:attachmentId': { reach: 'members' },
  'POST /conversations/:conversationId/messages/:seq/attachments/:attachmentId/address': { reach: 'members' },
  'GET /conversations/:conversationId/attachments': { reach: 'members' },
  'GET /search': { reach: 'own' },

  'POST /attachments': { reach: 'members' },
  'PUT /attachments/:attachmentId': { reach: 'own' },
  'GET /attachments/:attachmentId': { reach: 'own' },
  'DELETE /attachments/:attachmentId': { reach: 'own' },

  'POST /groups': { reach: 'people' },
  'POST /groups/look': { reach: 'code' },
  'POST /groups/join': { reach: 'code' },
  'GET /groups/:conversationId': { reach: 'members' },
  'GET /groups/:conversationId/picture': { reach: 'members' },
  'PATCH /groups/:conversationId': { reach: 'role' },
  'DELETE /groups/:conversationId': { reach: 'role' },
  'POST /groups/:conversationId/members': { reach: 'role' },
  'PATCH /groups/:conversationId/members/:userId': { reach: 'role' },
  'DELETE /groups/:conversationId/members/:userId': { reach: 'role' },
  'POST /groups/:conversationId/links': { reach: 'role' },
  'GET /groups/:conversationId/links': { reach: 'role' },
  'DELETE /groups/:conversationId/links/:linkId': { reach: 'role' },
  'POST /groups/:conversationId/requests': { reach: 'role' },

  'POST /imports': { reach: 'own' },
  'GET /imports': { reach: 'own' },
  'POST /imports/:conversationId/rows': { reach: 'role' },
  'POST /imports/:conversationId/done': { reach: 'role' },

  'POST /owner/claim': { reach: 'own' },
  'GET /owner/box': { reach: 'owner' },
  'GET /owner/people': { reach: 'owner' },
  'PATCH /owner/people/:userId': { reach: 'owner' },
  'DELETE /owner/people/:userId': { reach: 'owner' },
  'POST /owner/people/:userId/reset-code': { reach: 'owner' },
  'GET /owner/reports': { reach: 'owner' },
  'DELETE /owner/reports/:userId': { reach: 'owner' },
  'GET /owner/audit': { reach: 'owner' },
  'GET /owner/settings': { reach: 'owner' },
  'PATCH /owner/settings': { reach: 'owner' },
  'GET /owner/backups': { reach: 'owner' },
  'POST /owner/backups': { reach: 'owner' },
};

/**
 * The routes as the table says, the only ones that may be served. @throws Error, a sentence, for a route without a row, a
 * row without a route, two routes of one name, and a handler written for other callers than its row names
 */
export function authorise(routes: Route[], table = ACCESS): Route[] {
  const unused = new Set(Object.keys(table));
  const authorised = routes.map((route) => {
    const name = `${route.method.toUpperCase()} ${route.path}`;
    const access = Object.hasOwn(table, name) ? table[name] : undefined;
    if (!access)
      throw new Error(`${name} has no row in the table of access (http/access.ts): no one may call it.`);
    if (!unused.delete(name)) throw new Error(`${name} is served by two routes.`);
    const who = access.reach === 'anyone' || access.reach === 'holder' ? 'anyone' : 'user';
    if (who !== route.who)
      throw new Error(`${name} is for '${who}' in the table of access, and its handler for '${route.who}'.`);
    return { ...route, self: access.self, isOwners: access.reach === 'owner' };
  });
  const [first] = unused;
  if (first !== undefined) throw new Error(`${first} is in the table of access, and there is no such route.`);
  return authorised;
}
