import { describe, expect, it } from 'vitest';
import { createCircuitBreaker } from './circuit-breaker.ts';

describe('the breaker', () => {
  it('a circuit breaker refuses at once for a second after a failure, then tries again', async () => {
    let now = 0;
    let calls = 0;
    let broken = true;
    const breaker = createCircuitBreaker(() => now);
    const call = () =>
      breaker(async () => {
        calls += 1;
        if (broken) throw new Error('down');
        return 'up';
      });
    await expect(call()).rejects.toMatchObject({ code: 'CIPHER_UNAVAILABLE', retryAfter: 2 });
    now = 999;
    await expect(call()).rejects.toMatchObject({ code: 'CIPHER_UNAVAILABLE' });
    expect(calls).toBe(1);
    now = 1000;
    broken = false;
    expect(await call()).toBe('up');
    expect(await call()).toBe('up');
    expect(calls).toBe(3);
  });
});
