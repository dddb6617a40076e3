import type { Cipher } from '../cipher/cipher.ts';
import { ApiError } from '../errors.ts';
import { type Route, route } from '../http/route.ts';
import type { Tickets } from '../second-factor/tickets.ts';
import type { Store } from '../storage/store.ts';
import { Done } from '../wire/common.ts';
import { deletePerson } from './delete-person.ts';

/** What a person does with their whole account. */
export function ownAccountRoutes({
  store,
  cipher,
  tickets,
}: {
  store: Store;
  cipher: Pick<Cipher, 'forget'>;
  tickets: Tickets;
}): Route[] {
  return [
    route({
      method: 'delete',
      path: '/me',
      worksWhenFull: true,
      summary:
        'Delete your account, with a ticket: your messages stay readable for others, under no name; repeatable',
      who: 'user',
      rate: 'profiles',
      acceptsRevokedToken: true,
      headers: { 'Reauthentication-Ticket': 'of POST /auth/reauthenticate' },
      answer: Done,
      errors: [
        'REAUTHENTICATION_REQUIRED',
        'LAST_OWNER',
        'NO_SUCH_ACCOUNT',
        'STORAGE_UNAVAILABLE',
        'DISK_FULL',
      ],
      handle: async (call) => {
        const { userId } = call.caller;
        // The token ended with the account: only a repeat of this deletion is answered to it.
        const isDone = (await store.account(userId))?.deletedAt !== undefined;
        if (call.isTokenRevoked && !isDone) throw new ApiError('UNAUTHENTICATED');
        if (!isDone) tickets.check(call.caller, call.header('reauthentication-ticket') ?? '');
        await deletePerson(store, userId, cipher);
        return { message: 'The account is deleted.' };
      },
    }),
  ];
}
