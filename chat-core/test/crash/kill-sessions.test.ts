import { afterAll, beforeAll, expect, it } from 'vitest';
import { deviceOf } from '../support/client.ts';
import { type Pair, startPair } from '../support/pair.ts';
import { logIn, logOutEverywhere, type Person, reauthenticate, signUp } from '../support/person.ts';

/** At least so many kills, and so many acknowledged requests that ended sessions before one of them. */
const KILLS = Number(process.env.SESSION_KILLS ?? 3);
const ENDS = Number(process.env.SESSION_ENDS ?? 300);
const PEOPLE = 24;

let pair: Pair;
let accounts: SessionLog[];
beforeAll(async () => {
  pair = await startPair({ LOG_LEVEL: 'warn' });
  const names = Array.from({ length: PEOPLE }, (_, n) => `orang${n}`);
  accounts = await Promise.all(names.map(async (name) => new SessionLog(await signUp(pair.url, name))));
});
afterAll(() => pair.stop());

/** One person, and what each of their sessions must be by the answers so far. */
class SessionLog {
  readonly username: string;
  password: string;
  /** Sessions that nothing has ended, and those whose end was acknowledged. */
  readonly alive = new Set<Person>();
  readonly ended = new Set<Person>();
  /** The password of a change that was not answered. */
  private next: string | undefined;
  private rounds = 0;

  constructor({ username, password }: Person) {
    this.username = username;
    this.password = password;
  }

  /** Logs in three times and ends sessions, in one of four ways. @returns whether the core answered everything */
  async loginsAndEnds(onEnd: () => void): Promise<boolean> {
    try {
      const own: Person[] = [];
      for (let n = 0; n < 3; n++) {
        const session = await logIn(pair.url, this.username, this.password);
        own.push(session);
        this.alive.add(session);
      }
      await this.end(own as [Person, Person, Person], onEnd);
      return true;
    } catch (error) {
      if (error instanceof TypeError) return false;
      throw error;
    }
  }

  private async end([first, second, third]: [Person, Person, Person], onEnd: () => void): Promise<void> {
    const everyone = [...this.alive];
    switch (this.rounds++ % 4) {
      case 0:
        await this.expectEnd([first], () => first.post('/auth/logout', {}), onEnd);
        return;
      case 1: {
        const { ticket } = (await reauthenticate(second, { password: this.password })).body as {
          ticket: string;
        };
        const path = `${pair.url}/auth/devices/${deviceOf(third)}`;
        const headers = { Authorization: `Bearer ${second.token}`, 'Reauthentication-Ticket': ticket };
        await this.expectEnd([third], () => fetch(path, { method: 'DELETE', headers }), onEnd);
        return;
      }
      case 2:
        await this.expectEnd(everyone, () => logOutEverywhere(first, this.password), onEnd);
        return;
      default: {
        this.next = `sandi-yang-ke-${this.rounds}`;
        const input = { userId: first.id, currentPassword: this.password, newPassword: this.next };
        await this.expectEnd(everyone, () => first.post('/auth/change-password', input), onEnd);
        this.password = this.next;
        this.next = undefined;
      }
    }
  }

  private async expectEnd(
    which: Person[],
    end: () => Promise<{ status: number }>,
    onEnd: () => void,
  ): Promise<void> {
    for (const session of which) this.alive.delete(session);
    expect((await end()).status).toBe(200);
    for (const session of which) this.ended.add(session);
    onEnd();
    const [session] = which;
    expect(await session?.get('/auth/devices')).toMatchObject({ status: 401 });
  }

  /** Checks every session after a restart. @returns how many ends were acknowledged and held */
  async check(): Promise<number> {
    const statusOf = async (session: Person) => (await session.get('/auth/devices')).status;
    for (const session of this.ended)
      expect([this.username, await statusOf(session)]).toEqual([this.username, 401]);
    for (const session of this.alive)
      expect([this.username, await statusOf(session)]).toEqual([this.username, 200]);
    const held = this.ended.size;
    await this.findPassword();
    // Ten sessions at most: those of the next round must not end by that rule.
    await logOutEverywhere(await logIn(pair.url, this.username, this.password), this.password);
    this.ended.clear();
    this.alive.clear();
    return held;
  }

  /** Which of both passwords a change without an answer has left. */
  private async findPassword(): Promise<void> {
    const { next } = this;
    this.next = undefined;
    if (next === undefined) return;
    const isChanged = await logIn(pair.url, this.username, next).then(
      () => true,
      () => false,
    );
    if (isChanged) this.password = next;
    await logIn(pair.url, this.username, this.password);
  }
}

it(
  `sessions that ${ENDS} requests ended stay ended over ${KILLS} kills of the core right after an answer, and no other one ends`,
  async () => {
    let [kills, ends, held] = [0, 0, 0];
    while (kills < KILLS || ends < ENDS) {
      kills += 1;
      let endsLeft = 1 + Math.floor(Math.random() * 2 * Math.ceil(ENDS / KILLS));
      const reached = Promise.withResolvers<void>();
      const onEnd = () => {
        ends += 1;
        endsLeft -= 1;
        if (endsLeft === 0) reached.resolve();
      };
      let isGone = false;
      const working = accounts.map(async (account) => {
        while (!isGone && (await account.loginsAndEnds(onEnd)));
      });
      await Promise.race([reached.promise, Promise.all(working)]);
      isGone = true;
      await pair.restartCore('SIGKILL');
      await Promise.all(working);
      for (const count of await Promise.all(accounts.map((account) => account.check()))) held += count;
    }
    expect(held).toBeGreaterThanOrEqual(ENDS);
    console.log(`${kills} kills: ${ends} requests had ended ${held} sessions, and none came back`);
  },
  (KILLS + ENDS / 50) * 60_000,
);
