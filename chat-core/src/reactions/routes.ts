import { z } from 'zod';
import type { PageBudgetOf } from '../http/load-shedding/read-slots.ts';
import { type Route, route } from '../http/route.ts';
import { EXAMPLE } from '../wire/examples.ts';
import { Message, MessagePath } from '../wire/messages.ts';
import { Emoji, WhoReacted } from '../wire/reactions.ts';
import { ReactionChanges, type ReactionDeps, readWhoReacted } from './react.ts';

const ReactionPath = z.strictObject({ ...MessagePath.shape, emoji: Emoji });
const READ_ERRORS = ['NOT_MEMBER', 'NO_SUCH_MESSAGE', 'MESSAGE_DELETED', 'CIPHER_UNAVAILABLE'] as const;
const CHANGE_ERRORS = [...READ_ERRORS, 'STORAGE_UNAVAILABLE', 'DISK_FULL'] as const;
const EXAMPLE_MESSAGE = { conversationId: EXAMPLE.conversationId, seq: EXAMPLE.fileSeq };

/** Reacting to messages, taking a reaction back, and who reacted. */
export function reactionRoutes(deps: ReactionDeps & { pageBudgetOf: PageBudgetOf }): Route[] {
  const changes = new ReactionChanges(deps);
  return [
    route({
      method: 'put',
      path: '/conversations/:conversationId/messages/:seq/reactions/:emoji',
      summary: 'React to a message with an emoji; up to three per person',
      who: 'user',
      rate: 'reactions',
      params: ReactionPath,
      answer: Message,
      errors: [...CHANGE_ERRORS, 'NOT_FRIENDS', 'TOO_MANY_REACTIONS'],
      example: { ...EXAMPLE_MESSAGE, emoji: '👍' },
      handle: ({ caller: { userId }, params: { emoji, ...ref } }) =>
        changes.add(userId, ref, emoji, deps.pageBudgetOf(userId)),
    }),
    route({
      method: 'delete',
      path: '/conversations/:conversationId/messages/:seq/reactions/:emoji',
      worksWhenFull: true,
      summary: 'Take your reaction back',
      who: 'user',
      rate: 'reactions',
      params: ReactionPath,
      answer: Message,
      errors: [...CHANGE_ERRORS],
      example: { ...EXAMPLE_MESSAGE, emoji: '👍' },
      handle: ({ caller: { userId }, params: { emoji, ...ref } }) =>
        changes.remove(userId, ref, emoji, deps.pageBudgetOf(userId)),
    }),
    route({
      method: 'get',
      path: '/conversations/:conversationId/messages/:seq/reactions',
      summary: 'Who reacted to a message',
      who: 'user',
      priority: 'low',
      params: MessagePath,
      answer: WhoReacted,
      errors: [...READ_ERRORS],
      example: EXAMPLE_MESSAGE,
      handle: ({ caller: { userId }, params }) =>
        readWhoReacted(deps, userId, params, deps.pageBudgetOf(userId)),
    }),
  ];
}
