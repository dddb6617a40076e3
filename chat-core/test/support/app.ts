import './eager-hashing.ts';
import { randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { createOwnerClaim } from '../../src/admin/owners.ts';
import { createApp, type Parts } from '../../src/app.ts';
import { createSecurityLog } from '../../src/audit/security-log.ts';
import { openTokens } from '../../src/auth/tokens.ts';
import { type Backups, createBackups } from '../../src/backups/backups.ts';
import type { Cipher } from '../../src/cipher/cipher.ts';
import { readConfig } from '../../src/config.ts';
import type { ExpirySweep } from '../../src/expiry/sweep.ts';
import type { Route } from '../../src/http/route.ts';
import { createLog } from '../../src/log.ts';
import type { Presence } from '../../src/presence/presence.ts';
import { type PushKey, pushKeyOf } from '../../src/push/vapid-key.ts';
import { openMemoryStore } from '../../src/storage/lowdb/lowdb-store.ts';
import type { Store } from '../../src/storage/store.ts';
import type { Watching } from '../../src/watching/create-watching.ts';
import { fakeCipher } from './fake-cipher.ts';

const PUSH_KEY: PushKey = pushKeyOf(Buffer.alloc(32, 7));

export type TestApp = {
  app: RequestListener;
  routes: Route[];
  store: Store;
  cipher: ReturnType<typeof fakeCipher>;
  clock: { now: number };
  /** The lines of the log about what failed unexpectedly: why an answer was INTERNAL. */
  failures: string[];
  /** Makes the first owner (POST /owner/claim). */
  ownerCode: string;
  /** A test reports as the process of backups does. */
  backups: Backups;
  presence: Presence;
  watching: Watching;
  /** Not started: a test runs it. */
  expirySweep: ExpirySweep;
  endPolls: () => void;
};

/** Deferred receipts never start a commit of their own, however long a test takes. */
const NEVER = { dueMs: Number.POSITIVE_INFINITY, maxDelayMs: 2 ** 31 - 1 };

/** A delay of zero: the work runs in the next turn of the event loop. */
export function atOnce(work: () => void): () => void {
  const soon = setImmediate(work);
  return () => clearImmediate(soon);
}

/** The files of the disk of a store, by path. */
export type Files = Map<string, Buffer>;

/** Copies of files, so that each test starts with the same data. */
export function copyOf(files: Files): Files {
  return new Map(files.entries().map(([path, bytes]) => [path, Buffer.from(bytes)]));
}

/** What a test replaces; a `store` has its own clocks. */
type Overrides = Partial<
  Pick<
    Parts,
    | 'log'
    | 'securityLog'
    | 'trail'
    | 'ownerClaim'
    | 'processLoad'
    | 'maxInFlight'
    | 'push'
    | 'provider'
    | 'stopwatch'
    | 'store'
  >
> & {
  tokenKey?: Buffer;
  files?: Files;
  /** How long a commit waits for others (storage/group-commit.ts). */
  groupCommitMs?: number;
};

/** A cipher that looks its functions up at each call, so that a test may replace one while the app runs. */
function callingThrough<T extends Cipher>(cipher: T): Cipher {
  const names = Object.keys(cipher).filter((name) => typeof cipher[name as keyof T] === 'function');
  const call =
    (name: string) =>
    (...args: unknown[]) =>
      (cipher as unknown as Record<string, (...args: unknown[]) => unknown>)[name]?.(...args);
  return Object.fromEntries(names.map((name) => [name, call(name)])) as unknown as Cipher;
}

/** chat-core in this process, with a store in memory, a fake cipher and a clock that the test sets. */
export async function startApp(
  env: Record<string, string> = {},
  {
    tokenKey = randomBytes(32),
    files,
    groupCommitMs,
    store: own,
    ownerClaim = createOwnerClaim(),
    ...overrides
  }: Overrides = {},
): Promise<TestApp> {
  const clock = { now: Date.UTC(2026, 0, 5) };
  const config = readConfig({ RATE_LIMITS: 'off', LOG_LEVEL: 'silent', PUSH_HOSTS: 'any', ...env });
  const options = { receiptTimes: NEVER, ...(groupCommitMs !== undefined && { groupCommitMs }) };
  const store = own ?? (await openMemoryStore(() => clock.now, options, files));
  const cipher = fakeCipher();
  const backups = createBackups();
  const failures: string[] = [];
  const tokens = openTokens({ current: tokenKey }, store.time.now);
  const { app, routes, presence, watching, expirySweep, endPolls } = createApp({
    config,
    store,
    cipher: callingThrough(cipher),
    tokens,
    pushKey: PUSH_KEY,
    log: createLog('error', (line) => failures.push(line)),
    securityLog: createSecurityLog(createLog('silent'), undefined),
    // Tests share one process with others: its real load is ignored.
    processLoad: () => 0,
    push: { send: async () => ({ status: 201, retryAfter: 0 }), delay: atOnce },
    ownerClaim,
    backups,
    ...overrides,
  });
  const ownerCode = ownerClaim.code;
  return {
    app,
    routes,
    store,
    cipher,
    clock,
    failures,
    ownerCode,
    backups,
    presence,
    watching,
    expirySweep,
    endPolls,
  };
}
