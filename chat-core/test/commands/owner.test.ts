import { afterEach, beforeEach, expect, it } from 'vitest';
import { runFile } from '../support/command.ts';
import { type Pair, startPair } from '../support/pair.ts';
import { ask, logIn, PASSWORD, type Person, post, signUp } from '../support/person.ts';

const CODE = /([0-9A-Z]{4}-){6}[0-9A-Z]{2}/;
let pair: Pair;
let ani: Person;
beforeEach(async () => {
  pair = await startPair();
  ani = await signUp(pair.url, 'ani');
});
afterEach(() => pair.stop());

const run = async (name: string, ...args: string[]) => {
  const { code, output } = await runFile(name, args, { DATA_DIR: pair.dataDir, KEYS_DIR: pair.keysDir });
  return { code, output };
};
/** Starts the core again, makes an account and deletes it, also after a restart. */
async function signUpAndDelete(): Promise<void> {
  await pair.restartCore();
  await run('settings', 'registration', 'environment');
  await signUp(pair.url, 'eko');
  // There is no terminal to ask at.
  expect(await run('people', 'delete', 'eko')).toMatchObject({ code: 1 });
  expect(await run('people', 'delete', 'eko', '--yes')).toMatchObject({ code: 0 });
  await pair.core().stop();
  await pair.restartCore();
  expect((await login('eko')).body).toMatchObject({ code: 'WRONG_CREDENTIALS' });
  expect((await run('people')).output).not.toContain('eko');
}

const login = (username: string) => post(`${pair.url}/auth/login`, { username, password: PASSWORD });

it('a box without an owner prints a code at its start, npm run owner prints it again, and once it is used neither does', async () => {
  const [code = ''] = CODE.exec(pair.core().log()) ?? [];
  // A sentence, not a field of the log.
  const line = pair
    .core()
    .log()
    .split('\n')
    .find((one) => one.includes(code));
  expect(line).toMatch(/^This box has no owner yet\./);
  expect(await run('owner')).toEqual({ code: 0, output: expect.stringContaining(code) });
  expect((await ani.post('/owner/claim', { code })).status).toBe(200);
  expect(await run('owner')).toEqual({ code: 0, output: 'Owners of this box: ani.\n' });
  await pair.core().stop();
  await pair.restartCore();
  expect(
    pair
      .core()
      .log()
      .match(/no owner yet/g),
  ).toBeNull();
  expect((await ani.get('/owner/box')).status).toBe(200);
});

it('npm run owner, people and settings change a running box at once, and a stopped one', async () => {
  await signUp(pair.url, 'budi');
  expect(await run('owner', 'ani')).toEqual({ code: 0, output: 'Owners of this box: ani.\n' });
  expect((await ani.get('/owner/people')).status).toBe(200);
  expect(await run('owner', 'citra')).toEqual({ code: 1, output: expect.stringContaining('no user') });
  expect(await run('people', 'no-owner', 'ani')).toMatchObject({ code: 1 });

  expect((await run('people', 'suspend', 'budi')).output).toMatch(/^budi, .*, suspended\n$/);
  expect((await login('budi')).body).toMatchObject({ code: 'ACCOUNT_SUSPENDED' });
  expect(await run('settings', 'registration', 'closed')).toMatchObject({ code: 0 });
  const refused = await post(`${pair.url}/auth/register`, { username: 'dewi', password: PASSWORD });
  expect(refused.body).toMatchObject({ code: 'REGISTRATION_CLOSED' });

  await pair.core().stop();
  expect((await run('people', 'quota', 'budi', '5')).output).toMatch(/of 5, suspended\n$/);
  expect((await run('people', 'unsuspend', 'budi')).code).toBe(0);
  expect((await run('people')).output).toMatch(/^ani, last seen .*, owner\nbudi, .* of 5\n$/);
  expect((await run('settings', 'editMinutes', '1')).output).toMatch(/^registration {2}closed$/m);
  expect((await run('owner', 'budi')).output).toBe('Owners of this box: ani, budi.\n');
  expect((await run('people', 'no-owner', 'budi')).code).toBe(0);
  for (const wrong of [
    ['people', 'rename', 'budi'],
    ['people', 'quota', 'budi', '-1'],
    ['settings', 'port', '1'],
  ])
    expect(await run(wrong[0] ?? '', ...wrong.slice(1))).toMatchObject({ code: 1 });

  await signUpAndDelete();
  await logIn(pair.url, 'budi');
  expect((await ask(`${pair.url}/box`)).body).toMatchObject({ editMs: 60_000 });
  const audit = (await run('audit')).output;
  for (const done of [
    /command make-owner, about ani/,
    /command suspend, about budi/,
    /command set-registration/,
    /command set-quota, about budi/,
  ])
    expect(audit).toMatch(done);
});
