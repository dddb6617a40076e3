import { createHmac, createSecretKey, randomBytes, timingSafeEqual } from 'node:crypto';
import request from 'supertest';
import { expect, it } from 'vitest';
import { checkSignature, signAddress } from '../src/attachments/file-address.ts';
import { createDeviceProofs } from '../src/auth/device-proof.ts';
import { openTokens } from '../src/auth/tokens.ts';
import { createTickets } from '../src/second-factor/tickets.ts';
import { Authenticator } from '../src/storage/lowdb/disk/authenticator.ts';
import { startApp } from './support/app.ts';
import { signUp } from './support/client.ts';
import { areDistinguishable, type Times, timeBoth } from './support/timing.ts';

const SAMPLES = 10_000;
const FORGERIES = 64;

const key = createSecretKey(randomBytes(32));
const clock = () => Date.UTC(2026, 0, 5);
const caller = { userId: 'ani', deviceId: 'phone', version: 1, issuedAt: clock() / 1000 };

/** Makes codes, and checks one, which must refuse it. */
type Check = { make: () => string; refuses: (forged: string) => boolean };

const throws = (check: () => void): boolean => {
  try {
    check();
    return false;
  } catch {
    return true;
  }
};

const tokens = openTokens({ current: randomBytes(32) }, clock);
const proofs = createDeviceProofs(key);
const tickets = createTickets(key, clock);
const authenticator = new Authenticator('/data', { key, mayAdopt: false });
const line = Buffer.from('{"a":1}');
const person = '00000000-0000-4000-8000-000000000001';
const ref = { conversationId: person, seq: 1, attachmentId: person };
const files = {
  key,
  store: {
    signedIn: () => ({ tokenVersion: 1, devices: [{ id: caller.deviceId }] }),
    time: { now: clock, toWall: Number },
  },
};
const filesDeps = files as unknown as Parameters<typeof signAddress>[0];
const address = new URLSearchParams(
  signAddress(filesDeps, { ...caller, userId: person }, ref).path.split('?')[1],
);
const session = { person, device: caller.deviceId };
const expires = Number(address.get('expires'));

const CHECKS: Record<string, Check> = {
  'the signature of a token': {
    make: () => tokens.sign(caller),
    refuses: (forged) => tokens.verify(forged) === undefined,
  },
  'the proof of a device': {
    make: () => proofs.issue('ani'),
    refuses: (forged) => !proofs.isValid('ani', forged),
  },
  'a ticket': {
    make: () => tickets.issue(caller).ticket,
    refuses: (forged) => throws(() => tickets.check(caller, forged)),
  },
  'the address of a file': {
    make: () => address.get('signature') ?? '',
    refuses: (signature) => throws(() => checkSignature(filesDeps, ref, { ...session, expires, signature })),
  },
  'the code of a journal line': {
    make: () => authenticator.tagRecord('', line),
    refuses: (forged) => !authenticator.isRecord('', line, forged),
  },
};

/** A code in base64url with another byte at an index from the end. */
function changeByte(code: string, fromEnd: number): string {
  const head = code.slice(0, code.lastIndexOf('.') + 1);
  const bytes = Buffer.from(code.slice(head.length), 'base64url');
  const index = bytes.length - fromEnd;
  bytes[index] = (bytes[index] ?? 0) ^ 0x55;
  return head + bytes.toString('base64url');
}

/** Times the refusal of codes that are wrong in the first byte of their 16, and in the last. */
function timeRefusals({ make, refuses }: Check): Times {
  const forged: Record<keyof Times, string[]> = { a: [], b: [] };
  for (let n = 0; n < 2 * FORGERIES; n++) {
    // In turns, so that neither kind lies in memory that the garbage collector moved and the other's was not.
    const [kind, fromEnd] = n % 2 === 0 ? (['a', 16] as const) : (['b', 1] as const);
    const code = changeByte(make(), fromEnd);
    expect(refuses(code)).toBe(true);
    forged[kind].push(code);
  }
  const refuse = (code: string) => void refuses(code);
  timeBoth(SAMPLES / 10, forged, refuse);
  return timeBoth(SAMPLES, forged, refuse);
}

it.each(Object.keys(CHECKS))(
  'how long it takes to refuse a forgery does not show how much of it was right: %s',
  async (name) => {
    const check = CHECKS[name] ?? expect.fail();
    expect(await areDistinguishable(() => timeRefusals(check))).toBe(false);
  },
);

it('the statistics notice a comparison that ends at the first wrong byte', async () => {
  const macOf = (nonce: Buffer) => createHmac('sha256', key).update(nonce).digest().subarray(0, 16);
  const checkWith = (isSame: (a: Buffer, b: Buffer) => boolean): Check => ({
    make: () => {
      const nonce = randomBytes(16);
      return Buffer.concat([nonce, macOf(nonce)]).toString('base64url');
    },
    refuses: (forged) => {
      const bytes = Buffer.from(forged, 'base64url');
      return !isSame(bytes.subarray(16), macOf(bytes.subarray(0, 16)));
    },
  });
  const early = checkWith((a, b) => a.every((byte, index) => byte === b[index]));
  // A busy machine may hide the difference for a while.
  await expect.poll(() => areDistinguishable(() => timeRefusals(early))).toBe(true);
  expect(await areDistinguishable(() => timeRefusals(checkWith(timingSafeEqual)))).toBe(false);
});

it('a login of an unknown name takes as long as a wrong password of a known one', async () => {
  const limits = ['guesses', 'failures', 'logins', 'attempts'].map((name) => `${name}=999999/60`).join(',');
  const test = await startApp({ RATE_LIMITS: limits });
  const known = await signUp(test, 'ani');
  const logIn = async (username: string) => {
    const start = performance.now();
    await request(test.app).post('/auth/login').send({ username, password: 'salah-sandinya' }).expect(401);
    return performance.now() - start;
  };
  const measure = async () => {
    const times: Times = { a: [], b: [] };
    for (let n = 0; n < 80; n++) {
      if (n % 2 === 0) times.a.push(await logIn(known.username));
      else times.b.push(await logIn(`tak-ada-${n}`));
    }
    return times;
  };
  expect(await areDistinguishable(measure)).toBe(false);
});
