import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { socketPath } from '../../src/storage/lowdb/disk/lock.ts';
import { runFile } from '../support/command.ts';
import { everythingIn } from '../support/disk.ts';
import { startPair } from '../support/pair.ts';
import { logIn, post, signUp } from '../support/person.ts';

const NEW_PASSWORD = 'jahe-hangat-malam';

it('npm run reset-password creates codes on a running and on a stopped box, which are stored nowhere', async () => {
  const pair = await startPair({ LOG_LEVEL: 'trace' });
  const env = { DATA_DIR: pair.dataDir, KEYS_DIR: pair.keysDir, PUBLIC_URL: 'https://chat.example.org' };
  const codeFor = async (username: string) => {
    const { code, output } = await runFile('reset-password', [username], env);
    expect([code, output]).toEqual([0, expect.stringMatching(/^The code for Ani: [0-9A-Z-]{32}\n/)]);
    const made = /: ([0-9A-Z-]{32})/.exec(output)?.[1] ?? '';
    expect(output).toContain(`https://chat.example.org/#/reset?code=${made}\n`);
    return made;
  };
  const reset = (code: string, newPassword: string) =>
    post(`${pair.url}/auth/reset-password`, { username: 'ani', code, newPassword });

  const ani = await signUp(pair.url, 'Ani');
  const running = await codeFor('ANI');
  expect((await reset(running, NEW_PASSWORD)).status).toBe(200);
  expect((await ani.get('/auth/devices')).status).toBe(401);
  await logIn(pair.url, 'ani', NEW_PASSWORD);

  // Another container that has DATA_DIR, and no key, sends what the command sent before requests were sealed.
  const socket = connect(socketPath(join(pair.dataDir, 'lock')));
  socket.write(`${JSON.stringify({ ask: 'reset-password', username: 'ani', removesSecondFactor: true })}\n`);
  expect(await text(socket)).not.toContain('code');
  await pair.core().stop();
  const log = pair.core().log();
  const stopped = await codeFor('ani');
  await pair.restartCore();
  expect((await reset(stopped, 'serai-dan-sereh')).status).toBe(200);
  await logIn(pair.url, 'ani', 'serai-dan-sereh');

  const unused = await codeFor('ani');
  expect(await runFile('reset-password', ['unknown'], env)).toEqual({
    code: 1,
    output: 'There is no user of this name.\n',
  });
  const stored = everythingIn(pair.dataDir).toLowerCase() + (log + pair.core().log()).toLowerCase();
  for (const code of [running, stopped, unused]) {
    expect(stored).not.toContain(code.toLowerCase());
    expect(stored).not.toContain(code.toLowerCase().replaceAll('-', ''));
  }
  // The premise: the hash of a code is stored.
  expect(stored).toMatch(/"reset":\{"hash":"[\w-]{43}"/);
  await pair.stop();
}, 120_000);

it('npm run reset-password without a database or a username is refused in a sentence', async () => {
  const nowhere = await runFile('reset-password', ['ani'], { DATA_DIR: '/nonexistent' });
  expect([nowhere.code, nowhere.output]).toEqual([1, expect.stringContaining('There is no database in')]);
  const unnamed = await runFile('reset-password', [], {});
  expect([unnamed.code, unnamed.output]).toEqual([1, expect.stringContaining('<username>')]);
});
