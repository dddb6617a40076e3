import type { CounterRaise, CounterRead } from '../../../cipher-service/src/wire.ts';
import { PositionRefused, type Remembered, type RollbackCounter } from '../storage/rollback-counter.ts';
import { CipherCalls, CipherRefusal } from './call.ts';
import { readTls } from './tls.ts';

/** A write on a slow card included. */
const TIMEOUT_MS = 5000;
const MAX_ANSWER_BYTES = 1024;
const CONFLICT = 409;

/**
 * The counter of cipher-service. Calls are rare: each has a connection of its own, with the certificates of that moment, and no
 * text waits behind one.
 */
export function openRollbackCounter(url: string, keysDir: string): RollbackCounter {
  const call = async (path: string, input: CounterRead | CounterRaise): Promise<unknown> => {
    const calls = new CipherCalls(url, readTls(keysDir), 1);
    try {
      const body = JSON.stringify(input);
      const headers = { 'Content-Type': 'application/json' };
      const limits = { timeoutMs: TIMEOUT_MS, maxAnswerBytes: MAX_ANSWER_BYTES };
      return JSON.parse((await calls.call({ path, headers, body, ...limits })).toString());
    } finally {
      calls.close();
    }
  };
  return {
    read: async (history) => readState(await call('/counter/read', { history })),
    raise: async (history, position, ended) => {
      await call('/counter/raise', { history, position, ended }).catch((error: unknown) => {
        if (error instanceof CipherRefusal && error.status === CONFLICT) throw new PositionRefused();
        throw error;
      });
    },
  };
}

/** @throws Error when the answer has another form */
function readState(answer: unknown): Remembered {
  const { position, isEnded, isEmpty } = (answer ?? {}) as Partial<Remembered>;
  const isPosition =
    position === null || (Number.isSafeInteger(position?.revision) && typeof position?.code === 'string');
  if (position === undefined || !isPosition || typeof isEnded !== 'boolean' || typeof isEmpty !== 'boolean')
    throw new Error('the answer of cipher-service has another form');
  return { position, isEnded, isEmpty };
}
