import { expect, it } from 'vitest';
import { runFile } from '../support/command.ts';
import { everythingIn } from '../support/disk.ts';
import { startPair } from '../support/pair.ts';
import { logIn, PASSWORD, post } from '../support/person.ts';

it('npm run invite creates invites on a running and on a stopped box, whose codes are stored nowhere', async () => {
  const pair = await startPair({ LOG_LEVEL: 'trace', REGISTRATION: 'invite' });
  const env = { DATA_DIR: pair.dataDir, KEYS_DIR: pair.keysDir, PUBLIC_URL: 'https://chat.example.org' };
  const codes: string[] = [];
  const invite = async (...args: string[]) => {
    const { code, output } = await runFile('invite', args, env);
    const [, newCode = ''] = /^https:\/\/chat\.example\.org\/#\/invite\/([0-9a-z]{26})\n/.exec(output) ?? [];
    expect([code, output, newCode.length]).toEqual([0, output, 26]);
    codes.push(newCode);
    return newCode;
  };
  const register = async (username: string, inviteCode: string) =>
    (await post(`${pair.url}/auth/register`, { username, password: PASSWORD, inviteCode })).status;

  expect(await register('ani', await invite())).toBe(200);
  const ani = await logIn(pair.url, 'ani');
  codes.push(((await ani.post('/invites', {})).body as { code: string }).code);
  const family = await invite('--uses', '2', '--days', '3');

  await pair.core().stop('SIGKILL');
  let log = pair.core().log();
  expect(log).toContain('Nobody has an account yet');
  const stopped = await invite();
  const { output } = await runFile('invite', ['--list'], env);
  expect(output.split('\n')).toEqual([
    expect.stringMatching(/^[0-9a-f-]{36} {2}0 of 1 used, until .+Z, by ani$/),
    expect.stringMatching(/ 0 of 2 used, .* by you$/),
    expect.stringMatching(/ 0 of 1 used, .* by you$/),
    '',
  ]);
  await pair.restartCore();
  expect([await register('budi', stopped), await register('citra', family)]).toEqual([200, 200]);

  const [id = ''] = /^\S+(?=.* 1 of 2 used)/m.exec((await runFile('invite', ['--list'], env)).output) ?? [];
  expect(await runFile('invite', ['--revoke', id], env)).toMatchObject({ code: 0 });
  expect(await register('dewi', family)).toBe(404);
  expect(await runFile('invite', ['--revoke', id], env)).toMatchObject({ code: 1 });

  await pair.core().stop();
  log += pair.core().log();
  const stored = everythingIn(pair.dataDir) + log;
  for (const code of codes) expect(stored.toLowerCase()).not.toContain(code);
  // The premise: the hash of a code is stored.
  expect(stored).toMatch(/"invites":\[\{"id":"[0-9a-f-]{36}","hash":"[\w-]{43}"/);
  await pair.stop();
}, 240_000);

it('npm run invite refuses invalid arguments in a sentence', async () => {
  for (const args of [['--uses', '0'], ['--uses', '51'], ['--days', 'x'], ['name']]) {
    const { code, output } = await runFile('invite', args, { DATA_DIR: '/nonexistent' });
    expect([args, code, output]).toEqual([
      args,
      1,
      expect.stringMatching(/takes a number from 1 to|There is nothing to name/),
    ]);
  }
});
