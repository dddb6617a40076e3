import type { Socket } from 'node:net';
import type { Store } from '../store.ts';
import { callHolder, HOLD, hangs, holdFor, linesOf } from './hold-request.ts';
import type { LowdbStore } from './lowdb-store.ts';

/** What a process that has a folder answers to a question, both as JSON. Its error's sentence is told as it is. */
export type ControlRequestHandler = (store: Store, question: unknown) => Promise<unknown>;
type Told = { answer: unknown } | { refused: string };

/** How long the process that has a folder may take to answer, in milliseconds. */
const TIMEOUT_MS = 30_000;
/** A question is a few words. */
const MAX_BYTES = 64 * 1024;

/**
 * Answers a process that connects to the lock and says one line: `hold`, or a question as JSON, which gets one line
 * back. Who may open the socket owns the folder (mode 0700).
 */
export function answerCall(
  call: Socket,
  opened: Promise<LowdbStore>,
  answer: ControlRequestHandler | undefined,
): void {
  call.on('data', () => call.bytesRead > MAX_BYTES && call.destroy());
  linesOf(call).once('line', async (line) => {
    try {
      const store = await opened;
      if (line === HOLD) await holdFor(call, store);
      else call.end(`${JSON.stringify(await told(line, store, answer))}\n`);
    } catch {
      // The store did not open, and its process says why.
      call.destroy();
    }
  });
}

async function told(line: string, store: Store, answer: ControlRequestHandler | undefined): Promise<Told> {
  try {
    if (!answer) throw new Error('Another command uses this database: try again when it is done.');
    return { answer: await answer(store, JSON.parse(line)) };
  } catch (error) {
    return { refused: (error as Error).message };
  }
}

/**
 * Asks the process that has a folder; undefined when none has it.
 * @throws the sentence it refuses with, or that it does not answer
 */
export async function sendControlRequest(
  folder: string,
  question: unknown,
): Promise<{ answer: unknown } | undefined> {
  const call = await callHolder(folder);
  if (!call) return undefined;
  let isLate = false;
  const late = setTimeout(() => {
    isLate = true;
    call.destroy();
  }, TIMEOUT_MS);
  let text = '';
  call.on('data', (chunk) => {
    text += chunk.toString();
  });
  const closed = new Promise((done) => call.once('close', done));
  call.write(`${JSON.stringify(question)}\n`);
  await closed;
  clearTimeout(late);
  if (isLate) throw hangs(folder);
  // The line before it is the name of who has the folder.
  const line = text.split('\n').find((one) => one.startsWith('{'));
  if (line === undefined)
    throw new Error(
      `The process that uses ${folder} does not answer: it is starting, stopping, or no chat-core.`,
    );
  const said: Told = JSON.parse(line);
  if ('refused' in said) throw new Error(said.refused);
  return { answer: said.answer };
}
