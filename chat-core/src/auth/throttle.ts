import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { ApiError, type ErrorCode } from '../errors.ts';
import type { Limiter } from '../http/limiter.ts';
import { withRateLimit } from '../http/rate-limits.ts';
import type { Account, Store } from '../storage/store.ts';
import type { Backoff } from './backoff.ts';
import { createBoxBackoff } from './shared-backoff.ts';

const WRONG: ErrorCode[] = ['WRONG_CREDENTIALS', 'WRONG_PASSWORD', 'WRONG_RESET_CODE', 'UNAUTHENTICATED'];
/** Of an account under attack every tenth wrong guess is stored, so that a restart does not give them all again. */
const STORE_EVERY = 10;

const isWrong = ({ error }: { error?: unknown }) => error instanceof ApiError && WRONG.includes(error.code);

const succeeded = ({ error }: { error?: unknown }): boolean => error === undefined;

/** Who guesses: the name that was typed, folded; the network; and the proof of a device that logged in with it before. */
export type Guesser = { name: string; network: string; proof?: string | undefined };

export type GuessLimits = {
  /**
   * A guess of a password without a session. A stranger's wrong ones count per name and network, per name, and per network
   * whatever the name. Those of a known device count for itself alone, so that strangers cannot lock it out.
   * @throws ApiError TOO_MANY_REQUESTS, or what `guess` throws
   */
  login<T>(guesser: Guesser, guess: () => Promise<T>): Promise<T>;
  /** A guess of the password within a session: counts per device. @throws as `login` */
  inSession<T>(deviceId: string, guess: () => Promise<T>): Promise<T>;
  /** A guess of a code of 128 bits: no stranger uses up the guesses of another network. @throws as `login` */
  code<T>(name: string, network: string, guess: () => Promise<T>): Promise<T>;
};

export function createGuessLimits(
  { store, clock }: { store: Store; clock: Clock },
  limits: Limiter,
  rates: Config['rates'],
): GuessLimits {
  const own = createBoxBackoff(store.counters, 'failures', rates?.failures, clock);
  const byName = createBoxBackoff(store.counters, 'guesses', rates?.guesses, clock);
  const stored = storeFailures(store, byName, rates?.guesses.count ?? 0);

  /** Counts a guess in all these, and uncounts it in those that admitted it when one refuses it, or when it was none. */
  async function counted<T>(counters: [Backoff, string][], guess: () => Promise<T>): Promise<T> {
    const admitted: typeof counters = [];
    try {
      for (const [backoff, key] of counters) {
        await backoff.count(key);
        admitted.push([backoff, key]);
      }
      return await guess();
    } catch (error) {
      // The answer is the same when a counter cannot be reached.
      if (!isWrong({ error }))
        await Promise.allSettled(admitted.map(([backoff, key]) => backoff.uncount(key)));
      throw error;
    }
  }

  async function strangerLogin<T>({ name, network }: Guesser, guess: () => Promise<T>): Promise<T> {
    const here = `${name} ${network}`;
    await limits.check('logins', network);
    await stored.restore(name);
    try {
      const result = await counted(
        [
          [own, here],
          [byName, name],
        ],
        guess,
      );
      // Those of a person who finally remembered are no guesses at others.
      for (let n = await own.forget(here); n > 0; n--) await limits.refund('logins', network);
      return result;
    } catch (error) {
      if (isWrong({ error })) {
        await limits.count('logins', network);
        await stored.write(name);
      }
      throw error;
    }
  }

  return {
    login: (guesser, guess) =>
      // Right ones count per account alone: a whole class may log in from one network.
      withRateLimit(limits, ['logins', `right ${guesser.name}`], succeeded, async () => {
        const { name, proof } = guesser;
        const result = await (proof === undefined
          ? strangerLogin(guesser, guess)
          : counted([[own, `device ${proof}`]], guess));
        if (proof !== undefined) await own.forget(`device ${proof}`);
        await byName.forget(name);
        await stored.remove(name);
        return result;
      }),
    async inSession(deviceId, guess) {
      const key = `session ${deviceId}`;
      const result = await counted([[own, key]], guess);
      await own.forget(key);
      return result;
    },
    code: (name, network, guess) =>
      withRateLimit(limits, ['logins', network], isWrong, () =>
        withRateLimit(limits, ['failures', `${name} ${network}`], isWrong, guess),
      ),
  };
}

/** The wrong guesses at the accounts that are under attack, stored with them so that they survive a restart. */
function storeFailures(store: Store, byName: Backoff, free: number) {
  /** Changes the account in the background; a failed write changes nothing but what a restart remembers. */
  function change(name: string, next: (account: Account) => Account): void {
    const work = store.transact(async (tx) => {
      const account = await tx.accountByName(name);
      if (account) await tx.saveAccount(next(account));
    });
    work.catch(() => undefined);
  }

  return {
    async restore(name: string): Promise<void> {
      if (await byName.get(name)) return;
      const guesses = (await store.accountByName(name))?.guesses;
      if (guesses) await byName.restore(name, guesses);
    },
    async write(name: string): Promise<void> {
      const guesses = await byName.get(name);
      if (!guesses || guesses.count < free / 2 || guesses.count % STORE_EVERY !== 0) return;
      change(name, (account) => ({ ...account, guesses }));
    },
    async remove(name: string): Promise<void> {
      if ((await store.accountByName(name))?.guesses) change(name, ({ guesses: _, ...account }) => account);
    },
  };
}

/**
 * Counts accounts registered from an address; refused attempts do not count. Registrations with an open invite do not
 * count either: the invite has its own limit, and a whole class may redeem it from one address.
 */
export function limitRegistration<T>(
  limits: Limiter,
  address: string,
  isInvited: boolean,
  registerAccount: () => Promise<T>,
): Promise<T> {
  return isInvited
    ? registerAccount()
    : withRateLimit(limits, ['registrations', address], succeeded, registerAccount);
}
