import { createSecretKey, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { createTickets } from './tickets.ts';

const MINUTE = 60_000;
const clock = { now: Date.UTC(2026, 0, 5) };
const key = createSecretKey(randomBytes(32));
const tickets = createTickets(key, () => clock.now);
const caller = { userId: 'u', deviceId: 'd', version: 3, issuedAt: 0 };
const isValid = (ticket: string, who = caller, among = tickets) => {
  try {
    among.check(who, ticket);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'REAUTHENTICATION_REQUIRED' });
    return false;
  }
};

it('a ticket is valid for ten minutes, for its own session alone', () => {
  const { ticket, expiresAt } = tickets.issue(caller);
  expect(expiresAt).toBe(clock.now + 10 * MINUTE);
  expect(isValid(ticket)).toBe(true);
  const others = [{ userId: 'v' }, { deviceId: 'e' }, { version: 4 }, { userId: 'u d', deviceId: '' }];
  for (const other of others) expect(isValid(ticket, { ...caller, ...other })).toBe(false);
  const foreign = createTickets(createSecretKey(randomBytes(32)), () => clock.now);
  expect(isValid(ticket, caller, foreign)).toBe(false);
  clock.now += 10 * MINUTE - 1;
  expect(isValid(ticket)).toBe(true);
  clock.now += 1;
  expect(isValid(ticket)).toBe(false);
});

it('a ticket with any one bit changed, or written in another way, is invalid', () => {
  const { ticket } = tickets.issue(caller);
  const bytes = Buffer.from(ticket, 'base64url');
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(isValid(changed.toString('base64url'))).toBe(false);
  }
  for (const text of ['', 'x', `${ticket}=`, ` ${ticket}`, `${bytes.toString('base64')}=`, `${ticket}AAAA`])
    expect([text, isValid(text)]).toEqual([text, false]);
});

it('what is derived of a ticket is the same each time, and other for another purpose or ticket', () => {
  const [one, two] = [tickets.issue(caller).ticket, tickets.issue(caller).ticket];
  const derived = tickets.derive(one, 'a', 20);
  expect(derived).toHaveLength(20);
  expect(tickets.derive(one, 'a', 20)).toEqual(derived);
  expect(tickets.derive(one, 'b', 20)).not.toEqual(derived);
  expect(tickets.derive(two, 'a', 20)).not.toEqual(derived);
});
