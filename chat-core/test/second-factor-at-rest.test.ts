import { randomUUID } from 'node:crypto';
import { Secret } from 'otpauth';
import { expect, it } from 'vitest';
import { runFile } from './support/command.ts';
import { everythingIn } from './support/disk.ts';
import { startPair } from './support/pair.ts';
import { PASSWORD, post, signUp } from './support/person.ts';
import { codeOf } from './support/totp-code.ts';

it('a second factor lies sealed on the disk, survives a restart, needs cipher-service, and ends by a command that says so', async () => {
  const pair = await startPair({ LOG_LEVEL: 'trace' });
  try {
    const ani = await signUp(pair.url, 'ani');
    const ask = async (path: string, body: object) =>
      (await ani.post(path, body)).body as Record<string, string> & { recoveryCodes: string[] };
    const { ticket = '' } = await ask('/auth/reauthenticate', {
      password: PASSWORD,
      attemptId: randomUUID(),
    });
    const { secret = '', uri = '' } = await ask('/auth/second-factor/totp', { ticket });
    const confirm = { ticket, code: codeOf(secret, Date.now(), -1) };
    const { recoveryCodes } = await ask('/auth/second-factor/totp/confirm', confirm);
    const logIn = async (secondFactor?: object) => {
      const input = { username: 'ani', password: PASSWORD, ...(secondFactor && { secondFactor }) };
      const { status, body } = await post(`${pair.url}/auth/login`, input);
      return status === 200 ? status : [status, (body as { code: string }).code];
    };

    await pair.restartCore();
    expect(await logIn()).toEqual([401, 'SECOND_FACTOR_REQUIRED']);
    await pair.stopCipher();
    expect(await logIn({ totp: codeOf(secret, Date.now()) })).toEqual([503, 'CIPHER_UNAVAILABLE']);
    expect(await logIn({ recoveryCode: recoveryCodes[0] })).toBe(200);
    await pair.startCipher();
    await expect.poll(() => logIn({ totp: codeOf(secret, Date.now()) }), { timeout: 20_000 }).toBe(200);

    const { output } = await runFile('reset-password', ['ani', '--remove-second-factor'], {
      DATA_DIR: pair.dataDir,
      KEYS_DIR: pair.keysDir,
    });
    const stored = everythingIn(pair.dataDir);
    const code = /: ([0-9A-Z-]{32})/.exec(output)?.[1] ?? '';
    const reset = { username: 'ani', code, newPassword: PASSWORD };
    expect((await post(`${pair.url}/auth/reset-password`, reset)).status).toBe(200);
    expect(await logIn()).toBe(200);

    const bytes = Buffer.from(Secret.fromBase32(secret).bytes);
    const secrets = [
      secret,
      bytes.toString('hex'),
      bytes.toString('base64'),
      bytes.toString('latin1'),
      uri,
      ticket,
    ];
    const written = (
      stored +
      everythingIn(pair.dataDir) +
      pair.core().log() +
      pair.cipher().log()
    ).toLowerCase();
    for (const one of [...secrets, ...recoveryCodes])
      for (const form of [one, one.replaceAll('-', '')]) expect(written).not.toContain(form.toLowerCase());
    // The premise: the row is there, with what was sealed.
    expect(stored).toMatch(/"secondFactor":\{"totp":\{"id":"[\w-]{22}","secret":\{"v":1,"kid":/);
  } finally {
    await pair.stop();
  }
}, 120_000);
