import type { Cipher } from '../cipher/cipher.ts';
import type { Log } from '../log.ts';
import type { Store } from '../storage/store.ts';
import { createReseal, type Reseal } from './reseal.ts';
import { resealAccount, resealGroup, resealMessages, resealPicture, resealUploads } from './rows.ts';

const CHECK_MS = 60_000;
/** A request that sealed with an older key may still be at work for so long before it stores. */
const SETTLE_MS = 150_000;
const MESSAGES_A_BATCH = 50;
/** After each batch it rests four times as long as the batch took, so that people do not notice it. */
const REST_FACTOR = 4;

type Deps = { store: Store; cipher: Pick<Cipher, 'keys' | 'resealMany'>; log: Log };
type Times = { checkMs: number; settleMs: number };

/**
 * Seals everything that older data keys hold with the newest one, in the background, pass after pass until none is left,
 * which it then records in the database. A kill loses nothing: each row is whole, old or new, and the next start goes on.
 * @returns a function that ends it
 */
export function resealInBackground(
  { store, cipher, log }: Deps,
  { checkMs, settleMs }: Times = { checkMs: CHECK_MS, settleMs: SETTLE_MS },
): () => void {
  const ended = new AbortController();
  const check = async () => {
    const { newest, older } = await cipher.keys();
    if (older.length === 0 || store.sealedWith() === newest) return;
    log.info({ kid: newest }, 'what older keys hold is sealed with the newest key, in the background');
    await pause(settleMs, ended.signal);
    const reseal = createReseal(cipher, newest, ended.signal);
    let rows = 0;
    for (let changed = 1; changed > 0; rows += changed) changed = await runPass(store, reseal, ended.signal);
    if ((await cipher.keys()).newest !== newest) return;
    await store.recordSealedWith(newest);
    const { unopened } = reseal;
    log.info({ kid: newest, rows, unopened }, 'everything is sealed with the newest key');
  };
  let isRunning = false;
  const start = async () => {
    if (isRunning) return;
    isRunning = true;
    try {
      await check();
    } catch (error) {
      if (!ended.signal.aborted)
        log.warn({ err: error }, 'sealing anew was interrupted; it goes on in a minute');
    } finally {
      isRunning = false;
    }
  };
  void start();
  const timer = setInterval(start, checkMs).unref();
  return () => {
    clearInterval(timer);
    ended.abort();
  };
}

/** Seals all rows anew that need it. @returns how many */
async function runPass(store: Store, reseal: Reseal, signal: AbortSignal): Promise<number> {
  let changed = 0;
  const paced = async (work: Promise<number>) => {
    const start = performance.now();
    const rows = await work;
    changed += rows;
    if (rows > 0) await pause((performance.now() - start) * REST_FACTOR, signal);
    signal.throwIfAborted();
  };
  const { accounts, conversations } = store.allIds();
  for (const id of conversations) {
    await paced(resealGroup(store, reseal, id));
    await paced(resealPicture(store, reseal, id));
    for (let before: number | undefined; before !== 1; ) {
      const page = await store.messages(id, { before, limit: MESSAGES_A_BATCH });
      await paced(resealMessages(store, reseal, page));
      before = page[0]?.seq ?? 1;
    }
  }
  for (const id of accounts) {
    await paced(resealAccount(store, reseal, id));
    await paced(resealPicture(store, reseal, id));
  }
  await paced(resealUploads(store, reseal));
  return changed;
}

/** Waits. @throws the reason of the signal when it is aborted */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, ms).unref();
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
}
