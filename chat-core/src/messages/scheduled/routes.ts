import { type Route, route } from '../../http/route.ts';
import { Done } from '../../wire/common.ts';
import { EXAMPLE } from '../../wire/examples.ts';
import { NewScheduled, Scheduled, ScheduledList, ScheduledPath } from '../../wire/scheduled.ts';
import { cancelScheduled, listScheduled, type ScheduleDeps, scheduleMessage } from './schedule.ts';

/** Texts that are sent at a time. */
export function scheduledRoutes(deps: ScheduleDeps): Route[] {
  return [
    route({
      method: 'post',
      path: '/chat/scheduled',
      summary: 'Send a text at a time, up to a year ahead; repeatable with the same clientMessageId',
      who: 'user',
      rate: 'chats',
      body: NewScheduled,
      answer: Scheduled,
      errors: [
        'INVALID_MESSAGE',
        'NOT_FRIENDS',
        'NOT_MEMBER',
        'NOT_ALLOWED',
        'NO_SUCH_ACCOUNT',
        'LIST_FULL',
        'CIPHER_UNAVAILABLE',
        'STORAGE_UNAVAILABLE',
        'DISK_FULL',
      ],
      example: {
        clientMessageId: EXAMPLE.scheduledId,
        conversationId: EXAMPLE.conversationId,
        message: 'Selamat ulang tahun!',
        at: EXAMPLE.scheduledAt,
      },
      handle: ({ caller, body }) => scheduleMessage(deps, caller.userId, body),
    }),
    route({
      method: 'get',
      path: '/chat/scheduled',
      summary: 'What you have scheduled, and what was refused at its time',
      who: 'user',
      priority: 'low',
      answer: ScheduledList,
      errors: ['CIPHER_UNAVAILABLE'],
      handle: async ({ caller }) => ({ scheduled: await listScheduled(deps, caller.userId) }),
    }),
    route({
      method: 'delete',
      path: '/chat/scheduled/:id',
      summary: 'Delete one that waits, or that was refused',
      who: 'user',
      rate: 'chats',
      params: ScheduledPath,
      answer: Done,
      errors: ['STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: { id: EXAMPLE.scheduledId },
      handle: async ({ caller, params }) => {
        await cancelScheduled(deps, caller.userId, params.id);
        return { message: 'Deleted.' };
      },
    }),
  ];
}
