import type { Forward, ForwardAnswer, ForwardResult, Id } from '../../../../chat-core/src/wire/wire.ts';
import { ApiError, isUnanswered } from '../../api/api-error.ts';
import type { Http } from '../../api/http.ts';
import type { Clock } from '../../clock.ts';
import { newId } from '../../ids.ts';

/** Requests without an answer in a row after which a person is asked whether to go on. */
const MAX_UNANSWERED = 3;
const PAUSE_MS = 1_000;

/** The request that forwards these messages: its ids stay, so that it can be repeated. */
export function forwardInput(conversationId: Id, seqs: number[], targets: Id[]): Forward {
  return {
    from: { conversationId, seqs },
    to: targets.map((id) => ({ conversationId: id, clientMessageIds: seqs.map(() => newId()) })),
  };
}

/**
 * Sends the request until everything is stored or refused: the box copies large files in several steps. `onCopied` gets the
 * bytes of each step.
 * @throws ApiError what refuses the whole request, or NETWORK and TIMEOUT after some attempts; it can be called again then
 */
export async function runForward(
  { http, clock }: { http: Pick<Http, 'post'>; clock: Pick<Clock, 'after'> },
  input: Forward,
  { signal, onCopied }: { signal: AbortSignal; onCopied: (bytes: number) => void },
): Promise<ForwardResult[]> {
  const pause = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve));
  for (let unanswered = 0; ; ) {
    if (signal.aborted) throw new ApiError('TIMEOUT');
    let answer: ForwardAnswer;
    try {
      answer = await http.post<ForwardAnswer>('/chat/forward', input);
    } catch (thrown) {
      unanswered += 1;
      if (!isUnanswered(thrown) || unanswered >= MAX_UNANSWERED) throw thrown;
      await pause(PAUSE_MS);
      continue;
    }
    unanswered = 0;
    onCopied(answer.copied ?? 0);
    if (!answer.more) return answer.results;
  }
}
