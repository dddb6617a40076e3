import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { areFriends } from '../conversations/relations.ts';
import { ApiError } from '../errors.ts';
import { type Route, route } from '../http/route.ts';
import { Id } from '../wire/common.ts';
import { EXAMPLE } from '../wire/examples.ts';
import { EditMe, Me, Mute, MuteAnswer, PictureAnswer } from '../wire/people.ts';
import { type EditDeps, editMe } from './edit.ts';
import { mute, toWireMutes } from './muting.ts';
import { openPicture } from './picture.ts';

/** One's own profile and privacy, pictures, and muted conversations. */
export function peopleRoutes(deps: EditDeps & { clock: Clock }): Route[] {
  const { store, cipher } = deps;
  return [
    route({
      method: 'patch',
      path: '/me',
      summary: 'Change your name, what you say about yourself, your picture, and what others learn of you',
      who: 'user',
      rate: 'profiles',
      priority: 'low',
      body: EditMe,
      answer: Me,
      errors: [
        'INVALID_PROFILE',
        'INVALID_PICTURE',
        'NO_SUCH_ACCOUNT',
        'CIPHER_UNAVAILABLE',
        'STORAGE_UNAVAILABLE',
        'DISK_FULL',
      ],
      example: {
        displayName: 'Sari',
        about: 'Di kebun',
        picture: { type: 'image/png', data: EXAMPLE.png },
        privacy: { lastSeen: 'contacts' },
      },
      handle: ({ caller, body }) => editMe(deps, caller.userId, body),
    }),
    route({
      method: 'get',
      path: '/people/:userId/picture',
      summary: 'The picture of a friend, or your own',
      who: 'user',
      priority: 'lowest',
      params: z.strictObject({ userId: Id }),
      answer: PictureAnswer,
      errors: ['NO_SUCH_PICTURE', 'CIPHER_UNAVAILABLE'],
      example: { userId: EXAMPLE.friend.id },
      handle: async ({ caller, params }) => {
        const { userId } = params;
        const isVisible = userId === caller.userId || (await areFriends(store, userId, caller.userId));
        const row = isVisible ? await store.picture(userId) : undefined;
        const picture = row && (await openPicture(cipher, row, caller.userId));
        if (!picture) throw new ApiError('NO_SUCH_PICTURE');
        return picture;
      },
    }),
    route({
      method: 'post',
      path: '/chat/mute',
      summary: 'Mute a conversation on all your devices, for a while or always, or unmute it (`off`)',
      who: 'user',
      rate: 'profiles',
      priority: 'low',
      body: Mute,
      answer: MuteAnswer,
      errors: ['NOT_MEMBER', 'NO_SUCH_ACCOUNT', 'LIST_FULL', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: { conversationId: EXAMPLE.conversationId, for: '8h' },
      handle: async ({ caller, body }) => ({
        muted: toWireMutes(store, await mute(deps, caller.userId, body)),
      }),
    }),
  ];
}
