import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '../src/errors.ts';
import { startApp, type TestApp } from './support/app.ts';
import { endDevice, turnOnTotp } from './support/authenticator.ts';
import { type Client, deviceOf, logIn, signUp } from './support/client.ts';
import { logOutEverywhere, PASSWORD, reauthenticate } from './support/person.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

const MINUTE = 60_000;
const NEW_PASSWORD = 'jahe-hangat-malam';
let test: TestApp;
let ani: Client;
let stolen: Client;

async function start(env: Record<string, string> = {}): Promise<void> {
  test = await startApp(env);
  ani = await signUp(test, 'ani');
  stolen = await logIn(test, 'ani');
}
beforeEach(() => start());

const works = async (who: Client) => (await who.get('/auth/devices')).status === 200;
const outcome = ({ status, body }: { status: number; body: { code?: string } }) =>
  status === 200 ? status : body.code;
const ticketOf = async (who: Client, more: object = {}): Promise<string> =>
  (await reauthenticate(who, more)).body.ticket;
const end = async (who: Client, other: Client, ticket?: string) =>
  outcome(
    await who.delete(
      `/auth/devices/${deviceOf(other)}`,
      ticket === undefined ? {} : { 'Reauthentication-Ticket': ticket },
    ),
  );
const endAll = async (who: Client, ticket?: string) =>
  outcome(await who.post('/auth/logout', { everywhere: true, ...(ticket !== undefined && { ticket }) }));

describe('a session whose person has not proved who they are', () => {
  it('a session without a ticket ends no other one, also not with another’s ticket or one that is ten minutes old', async () => {
    const [others, old] = [await ticketOf(ani), await ticketOf(stolen)];
    test.clock.now += 10 * MINUTE;
    const revision = test.store.revision();
    for (const ticket of [undefined, '', 'x', others, old]) {
      expect(await end(stolen, ani, ticket)).toBe('REAUTHENTICATION_REQUIRED');
      expect(await endAll(stolen, ticket)).toBe('REAUTHENTICATION_REQUIRED');
    }
    expect(outcome(await reauthenticate(stolen, { password: 'serai-dan-sereh' }))).toBe('WRONG_PASSWORD');
    expect([await works(ani), await works(stolen), test.store.revision()]).toEqual([true, true, revision]);
  });

  it('a session ends itself without a ticket, by its device, here, and everywhere when it is the only one', async () => {
    expect([await end(stolen, stolen), await works(stolen)]).toEqual([200, false]);
    expect([await endAll(ani), await works(ani)]).toEqual([200, false]);
    const again = await logIn(test, 'ani');
    expect([outcome(await again.post('/auth/logout', {})), await works(again)]).toEqual([200, false]);
  });

  it('a device that is already logged out needs no ticket, however late the repeat comes', async () => {
    expect(outcome(await endDevice(ani, deviceOf(stolen)))).toBe(200);
    const third = await logIn(test, 'ani');
    const revision = test.store.revision();
    test.clock.now += 20 * MINUTE;
    expect(await end(ani, stolen)).toBe(200);
    expect(test.store.revision()).toBe(revision);
    expect(outcome(await logOutEverywhere(third))).toBe(200);
    test.clock.now += 20 * MINUTE;
    expect([await endAll(third), await endAll(ani)]).toEqual([200, 200]);
  });
});

describe('an owner', () => {
  it('an owner ends a stolen session with the password, the others stay; and with the same ticket all', async () => {
    const phone = await logIn(test, 'ani');
    const ticket = await ticketOf(ani);
    expect(await end(ani, stolen, ticket)).toBe(200);
    expect([await works(ani), await works(phone), await works(stolen)]).toEqual([true, true, false]);
    test.clock.now += 10 * MINUTE - 1;
    expect(await endAll(ani, ticket)).toBe(200);
    expect([await works(ani), await works(phone)]).toEqual([false, false]);
  });

  it('an owner without the phone ends a stolen session by a recovery code, also while cipher-service is away', async () => {
    const { recoveryCodes } = await turnOnTotp(ani, test.clock.now);
    test.cipher.failure = new ApiError('CIPHER_UNAVAILABLE');
    expect(outcome(await reauthenticate(ani))).toBe('SECOND_FACTOR_REQUIRED');
    const ticket = await ticketOf(ani, { secondFactor: { recoveryCode: recoveryCodes[0] } });
    expect([await end(ani, stolen, ticket), await works(stolen)]).toEqual([200, false]);
  });

  it('an owner ends a stolen session on a full disk and beyond the daily limit of the account', async () => {
    await start({ RATE_LIMITS: 'stored=1/86400' });
    await ani.post('/invites', {});
    expect(outcome(await ani.post('/invites', {}))).toBe('DAILY_LIMIT');
    vi.spyOn(test.store, 'isFull').mockReturnValue(true);
    expect(outcome(await ani.post('/invites', {}))).toBe('DISK_FULL');
    expect(outcome(await endDevice(ani, deviceOf(stolen)))).toBe(200);
    const next = await logIn(test, 'ani');
    expect([outcome(await logOutEverywhere(ani)), await works(next)]).toEqual([200, false]);
  });

  it('a stolen session that uses up its guesses and requests keeps its owner neither from ending it nor from a new password', async () => {
    await start({ RATE_LIMITS: 'failures=2/600,requests=15/60,passwords=2/600' });
    const change = (who: Client, currentPassword: string) =>
      who.post('/auth/change-password', { userId: who.id, currentPassword, newPassword: NEW_PASSWORD });
    const refused = async (ask: () => Promise<{ status: number; body: { code?: string } }>) => {
      for (let n = 0; n < 20; n++) if (outcome(await ask()) === 'TOO_MANY_REQUESTS') return true;
      return false;
    };
    // The premise: each of these limits is reached.
    expect(await refused(() => reauthenticate(stolen, { password: 'serai-dan-sereh' }))).toBe(true);
    expect(await refused(() => change(stolen, 'serai-dan-sereh'))).toBe(true);
    expect(await refused(() => stolen.get('/sync'))).toBe(true);
    expect(await refused(() => stolen.get('/auth/devices'))).toBe(true);

    expect((await ani.get('/auth/devices')).body).toHaveLength(2);
    expect(outcome(await endDevice(ani, deviceOf(stolen)))).toBe(200);
    const next = await logIn(test, 'ani');
    expect(outcome(await change(next, PASSWORD))).toBe(200);
    expect(await works(ani)).toBe(false);
  });
});
