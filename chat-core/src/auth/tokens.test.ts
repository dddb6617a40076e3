import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import jsonwebtoken from 'jsonwebtoken';
import { describe, expect, it } from 'vitest';
import { openTokens } from './tokens.ts';

const DAY = 24 * 3600 * 1000;
const key = randomBytes(32);
const clock = { now: Date.UTC(2026, 0, 5) };
const tokens = openTokens({ current: key }, () => clock.now);
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const iat = Math.floor(clock.now / 1000);
const caller = { userId: 'u', deviceId: 'd', version: 3, issuedAt: iat };
const payload = { sub: 'u', sid: 'd', ver: 3, iat, exp: iat + 60, iss: 'bisik', aud: 'bisik' };
const forge = (header: object, body: object, secret: Buffer = key) => {
  const text = `${part(header)}.${part(body)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
};

describe('a token', () => {
  it('a token names its caller for 30 days', () => {
    const token = tokens.sign(caller);
    expect(tokens.verify(token)).toEqual(caller);
    clock.now += 30 * DAY - 1000;
    expect(tokens.verify(token)).toEqual(caller);
    clock.now += 2000;
    expect(tokens.verify(token)).toBeUndefined();
    clock.now -= 30 * DAY + 1000;
  });

  it('a token with another key, algorithm, issuer, audience or shape is invalid', () => {
    const good = { alg: 'HS256', typ: 'JWT' };
    expect(tokens.verify(forge(good, payload))).toEqual(caller);
    const { exp: _, ...endless } = payload;
    const forged = [
      forge(good, payload, randomBytes(32)),
      `${part({ alg: 'none' })}.${part(payload)}.`,
      jsonwebtoken.sign(payload, key, { algorithm: 'HS512' }),
      forge({ alg: 'RS256', typ: 'JWT' }, payload),
      forge(good, { ...payload, iss: 'else' }),
      forge(good, { ...payload, aud: 'else' }),
      forge(good, { ...payload, ver: '3' }),
      forge(good, { ...payload, sid: 7 }),
      forge(good, endless),
      forge(good, { ...payload, pad: 'x'.repeat(1000) }),
      '',
      'a.b.c',
    ];
    for (const token of forged) expect(tokens.verify(token)).toBeUndefined();
  });

  it('a token with any one character changed is invalid', () => {
    const token = tokens.sign(caller);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.';
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(...alphabet), (index, character) => {
        fc.pre(token[index] !== character);
        const changed = token.slice(0, index) + character + token.slice(index + 1);
        // The last character of a segment may carry bits that decode to nothing.
        const same = (a: string, b: string) =>
          a
            .split('.')
            .every((text, n) =>
              Buffer.from(text, 'base64url').equals(Buffer.from(b.split('.')[n] ?? '', 'base64url')),
            );
        fc.pre(!same(changed, token));
        return tokens.verify(changed) === undefined;
      }),
      { numRuns: 10_000 },
    );
  });

  it('the token key must have 32 bytes', () => {
    expect(() => openTokens({ current: randomBytes(31) }, () => 0)).toThrow('31 bytes');
  });

  it('after a rotation the former key still verifies its tokens, and signs none', () => {
    const [former, fresh] = [randomBytes(32), randomBytes(32)];
    const rotated = openTokens({ current: former }, () => clock.now);
    const old = rotated.sign(caller);
    expect(rotated.verify(old)).toEqual(caller);
    rotated.use({ current: fresh, previous: former });
    const signed = rotated.sign(caller);
    expect([rotated.verify(old), rotated.verify(signed)]).toEqual([caller, caller]);
    const onlyFresh = openTokens({ current: fresh }, () => clock.now);
    expect([onlyFresh.verify(old), onlyFresh.verify(signed)]).toEqual([undefined, caller]);
    rotated.use({ current: fresh });
    expect([rotated.verify(old), rotated.verify(signed)]).toEqual([undefined, caller]);
  });
});
