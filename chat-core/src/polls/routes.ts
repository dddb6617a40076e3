import type { PageBudgetOf } from '../http/load-shedding/read-slots.ts';
import { type Route, route } from '../http/route.ts';
import { EXAMPLE } from '../wire/examples.ts';
import { Message, MessagePath } from '../wire/messages.ts';
import { Vote, WhoVoted } from '../wire/polls.ts';
import { PollChanges, type PollDeps, readWhoVoted } from './vote.ts';

const READ_ERRORS = [
  'NOT_MEMBER',
  'NO_SUCH_MESSAGE',
  'MESSAGE_DELETED',
  'NOT_A_POLL',
  'CIPHER_UNAVAILABLE',
] as const;
const CHANGE_ERRORS = [...READ_ERRORS, 'STORAGE_UNAVAILABLE', 'DISK_FULL'] as const;
const EXAMPLE_POLL = { conversationId: EXAMPLE.group.id, seq: EXAMPLE.pollSeq };

/** Voting in polls, closing them, and who voted; a poll is sent as any message. */
export function pollRoutes(deps: PollDeps & { pageBudgetOf: PageBudgetOf }): Route[] {
  const changes = new PollChanges(deps);
  return [
    route({
      method: 'put',
      path: '/conversations/:conversationId/messages/:seq/vote',
      summary: 'Vote in a poll, change your vote, or take it back by choosing nothing',
      who: 'user',
      rate: 'reactions',
      params: MessagePath,
      body: Vote,
      answer: Message,
      errors: [...CHANGE_ERRORS, 'POLL_CLOSED'],
      example: { choices: [0] },
      exampleParams: EXAMPLE_POLL,
      handle: ({ caller: { userId }, params, body }) =>
        changes.vote(userId, params, body.choices, deps.pageBudgetOf(userId)),
    }),
    route({
      method: 'put',
      path: '/conversations/:conversationId/messages/:seq/close',
      summary: 'Close a poll for good: its author or an admin may',
      who: 'user',
      rate: 'reactions',
      params: MessagePath,
      answer: Message,
      errors: [...CHANGE_ERRORS, 'NOT_ALLOWED'],
      example: EXAMPLE_POLL,
      handle: ({ caller: { userId }, params }) => changes.close(userId, params, deps.pageBudgetOf(userId)),
    }),
    route({
      method: 'get',
      path: '/conversations/:conversationId/messages/:seq/votes',
      summary: 'Who voted for what in a poll',
      who: 'user',
      priority: 'low',
      params: MessagePath,
      answer: WhoVoted,
      errors: [...READ_ERRORS],
      example: EXAMPLE_POLL,
      handle: ({ caller: { userId }, params }) =>
        readWhoVoted(deps, userId, params, deps.pageBudgetOf(userId)),
    }),
  ];
}
