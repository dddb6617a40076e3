import type { PageBudgetOf, ReadSlots } from '../../http/load-shedding/read-slots.ts';
import { type Route, route } from '../../http/route.ts';
import { EXAMPLE } from '../../wire/examples.ts';
import { Forward, ForwardAnswer } from '../../wire/forwarding.ts';
import { type ForwardDeps, forwardMessages } from './forward.ts';

/** Forwarding messages with their files. */
export function forwardRoutes(
  deps: ForwardDeps & { readSlots: ReadSlots; pageBudgetOf: PageBudgetOf },
): Route[] {
  return [
    route({
      method: 'post',
      path: '/chat/forward',
      summary:
        'Forward up to 30 messages to up to 5 conversations; repeatable with the same clientMessageIds',
      who: 'user',
      rate: 'sends',
      priority: 'low',
      body: Forward,
      answer: ForwardAnswer,
      errors: [
        'NOT_MEMBER',
        'NO_SUCH_MESSAGE',
        'MESSAGE_DELETED',
        'NOT_FORWARDABLE',
        'CIPHER_UNAVAILABLE',
        'STORAGE_UNAVAILABLE',
      ],
      example: {
        from: { conversationId: EXAMPLE.conversationId, seqs: [Number(EXAMPLE.fileSeq)] },
        to: [{ conversationId: EXAMPLE.group.id, clientMessageIds: [EXAMPLE.forwardedId] }],
      },
      handle: ({ caller, body, signal }) => {
        const { count } = deps.pageBudgetOf(caller.userId);
        return forwardMessages(deps, caller.userId, body, {
          readSlots: deps.readSlots,
          signal,
          budget: { count },
        });
      },
    }),
  ];
}
