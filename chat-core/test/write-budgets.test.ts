import { expect, it } from 'vitest';
import { startApp } from './support/app.ts';

/**
 * Routes that are not GET and have no rate of their own, and what limits how often they write. Every other one has the rate
 * of its row in the route table, per account.
 */
const OTHER_BUDGETS: Record<string, string> = {
  'POST /chat/read': 'a mark is deferred and shares the write of another commit (decision 0011)',
  'POST /chat/typing': 'nothing is written',
  'PUT /attachments/:attachmentId': 'the bytes of an upload that was counted when it began',
  'DELETE /attachments/:attachmentId':
    'ends an upload that was counted when it began; a repeat writes nothing',
  'POST /conversations/:conversationId/messages/:seq/attachments/:attachmentId/address': 'nothing is written',
  'DELETE /groups/:conversationId/members/:userId':
    'removing another counts as groups; leaving ends a membership that was counted when it began',
  'POST /groups/look': 'nothing is written',
  'POST /invites/revoke': 'ends an invitation that was counted when it was made; a repeat writes nothing',
  'POST /invites/look': 'nothing is written',
  'POST /auth/login': 'logins: right ones count per account, wrong ones write nothing',
  'POST /auth/login/passkey': 'logins: right ones count per account, wrong ones write nothing',
  'POST /auth/reset-password': 'writes only with the code of an operator; wrong codes write nothing',
  'DELETE /auth/devices/:deviceId': 'ends a session that was counted when it began; a repeat writes nothing',
  'POST /auth/reauthenticate': 'wrong ones count as guesses; a right one writes at most that a code is used',
  'POST /auth/logout': 'ends sessions that were counted when they began; a repeat writes nothing',
  'POST /push/unsubscribe': 'ends a subscription that was counted when it was made; a repeat writes nothing',
};

it('every route that may write has a rate per account, or is limited in another way that is written down', async () => {
  const { routes } = await startApp();
  const writing = routes.filter(({ method }) => method !== 'get');
  const nameOf = ({ method, path }: (typeof routes)[number]) => `${method.toUpperCase()} ${path}`;
  expect(writing.length).toBeGreaterThan(40);
  const unlimited = writing.filter(({ rate }) => rate === undefined).map(nameOf);
  expect(unlimited.sort()).toEqual(Object.keys(OTHER_BUDGETS).sort());
  // No limit is of a stranger's address where the caller is known: then others behind it would be refused.
  for (const one of writing.filter(({ who }) => who === 'anyone'))
    expect(['attempts', 'providers', undefined]).toContain(one.rate);
});
