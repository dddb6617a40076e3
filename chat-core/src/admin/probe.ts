import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { v4 as uuid } from 'uuid';
import { createApp, type Parts } from '../app.ts';
import { createSecurityLog } from '../audit/security-log.ts';
import { UNOPENABLE_KIDS } from '../cipher/keyring-guard.ts';
import { closeServer, createHttpServer } from '../http/server.ts';
import { createLog } from '../log.ts';
import { openMessages } from '../messages/message.ts';
import type { StorageKey } from '../storage/lowdb/disk/authenticator.ts';
import { openLowdbStore } from '../storage/lowdb/lowdb-store.ts';
import type { Store } from '../storage/store.ts';
import type { Id, LoginAnswer, Message } from '../wire/wire.ts';
import { requestJson } from './probe-request.ts';

/** What one step of the probe found; `ms` is how long it took, `error` one sentence. */
export type ProbeStep = { name: ProbeStepName; ok: boolean; ms: number; error?: string };
export type ProbeStepName = 'commit' | 'send and read' | 'read after reopening' | 'stored messages';
/** `sampled`: stored messages that were opened. */
export type ProbeReport = { ok: boolean; steps: ProbeStep[]; sampled: number };

/** The parts of a running chat-core that the probe uses. */
export type ProbeDeps = Pick<Parts, 'config' | 'store' | 'cipher' | 'tokens' | 'pushKey'> & {
  key: StorageKey;
};

/** In DATA_DIR, so that it is on the same disk; hidden files are in no backup. */
const SCRATCH = '.probe';
/** A journal of the usual size would write 4 MB for two lines. */
const JOURNAL_BYTES = 64 * 1024;
const SAMPLE_ROWS = 50;
const SERVER_GRACE_MS = 1000;

let running: Promise<ProbeReport> | undefined;

/**
 * Sends a message and reads it again with everything that a send of a person needs: HTTP, accounts, validation, this
 * cipher-service and a journal on this disk. The two people and their chat are in a database of their own below DATA_DIR,
 * which is removed: people see nothing of it and nothing grows. Then it opens a sample of the stored messages. Two commits
 * reach the journal of the box. Probes at the same time share one result.
 */
export function runProbe(deps: ProbeDeps): Promise<ProbeReport> {
  running ??= probe(deps).finally(() => {
    running = undefined;
  });
  return running;
}

async function probe(deps: ProbeDeps): Promise<ProbeReport> {
  const folder = join(deps.config.dataDir, SCRATCH);
  const steps: ProbeStep[] = [];
  const step = async <T>(name: ProbeStepName, work: () => Promise<T>): Promise<T | undefined> => {
    const start = performance.now();
    const ms = () => Math.round(performance.now() - start);
    try {
      const result = await work();
      steps.push({ name, ok: true, ms: ms() });
      return result;
    } catch (error) {
      steps.push({ name, ok: false, ms: ms(), error: (error as Error).message });
      return undefined;
    }
  };
  const remove = () => rm(folder, { recursive: true, force: true });
  await remove();
  try {
    await step('commit', () => commitTwice(deps.store));
    const sent = await step('send and read', () => sendAndRead(deps, folder));
    if (sent) await step('read after reopening', () => readAgain(deps, folder, sent));
    const sampled = await step('stored messages', () => openStored(deps));
    return { ok: steps.every(({ ok }) => ok), steps, sampled: sampled ?? 0 };
  } finally {
    await remove();
  }
}

/** Stores an invitation that is over, for no one, and deletes it: two lines of the journal, and no row is left. */
async function commitTwice(store: Store): Promise<void> {
  const invite = { id: uuid(), hash: randomBytes(32).toString('base64url'), createdAt: 0, expiresAt: 0 };
  for (const used of [0, 1]) await store.transact((tx) => tx.saveInvite({ ...invite, uses: 1, used }));
}

type Sent = { conversationId: Id; seq: number; text: string };

/** A chat-core of its own, with the cipher of this one, in which two people become friends; one writes, the other reads. */
async function sendAndRead(deps: ProbeDeps, folder: string): Promise<Sent> {
  const store = await openScratch(deps, folder);
  const log = createLog('silent');
  const { app, endPolls } = createApp({
    config: {
      ...deps.config,
      ...{ registration: 'open', friendship: 'instant', secondFactor: 'optional' },
      ...{ oidc: undefined, rates: undefined, frontendDir: undefined, apiDocs: false, plaintextCache: false },
    },
    store,
    cipher: deps.cipher,
    tokens: deps.tokens,
    pushKey: deps.pushKey,
    log,
    securityLog: createSecurityLog(log, undefined),
    processLoad: () => 0,
  });
  const server = createHttpServer(app);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    return await converse((server.address() as AddressInfo).port);
  } finally {
    endPolls();
    await closeServer(server, SERVER_GRACE_MS);
    await store.close();
  }
}

/** @throws Error with the status and code of the first answer that is not 200 */
async function converse(port: number): Promise<Sent> {
  const post = <T>(path: string, body: object, token?: string) =>
    requestJson<T>({ port, method: 'POST', path, body, token });
  const signUp = async (username: string) => {
    const account = { username, password: randomBytes(16).toString('hex') };
    await post('/auth/register', account);
    return post<LoginAnswer>('/auth/login', account);
  };
  const writer = await signUp('probe-writer');
  const reader = await signUp('probe-reader');
  await post('/friends/add', { myId: writer.id, friendUsername: 'probe-reader' }, writer.token);
  const text = `probe ${randomBytes(8).toString('hex')}`;
  const message = { senderId: writer.id, receiverId: reader.id, message: text, clientMessageId: uuid() };
  const { id, conversationId, seq } = await post<Message>('/chat/send', message, writer.token);
  const path = `/chat/history?myId=${reader.id}&friendId=${writer.id}`;
  const [read] = await requestJson<Message[]>({ port, method: 'GET', path, token: reader.token });
  if (read?.id !== id || read.content !== text) throw new Error('Another text was read than was sent.');
  return { conversationId, seq, text };
}

/** The message is durable: a store that opens the folder anew has it. */
async function readAgain(deps: ProbeDeps, folder: string, sent: Sent): Promise<void> {
  const store = await openScratch(deps, folder);
  try {
    const row = await store.message(sent.conversationId, sent.seq);
    const [message] = row ? await openMessages(deps.cipher, [row]) : [];
    if (message?.content !== sent.text) throw new Error('The message is not in the journal.');
  } finally {
    await store.close();
  }
}

const openScratch = ({ key }: ProbeDeps, folder: string) =>
  openLowdbStore(folder, { now: Date.now, key, fileBytes: JOURNAL_BYTES });

/** Opens a sample of what people have stored; returns how many messages opened. @throws Error when one does not open */
async function openStored({ store, cipher }: ProbeDeps): Promise<number> {
  const { messages } = await store.sealedSample(SAMPLE_ROWS);
  const rows = messages.filter(({ kid }) => !UNOPENABLE_KIDS.includes(kid));
  const locked = (await openMessages(cipher, rows)).filter((message) => message.locked).length;
  if (locked > 0) throw new Error(`${locked} of ${rows.length} stored messages do not open.`);
  return rows.length;
}
