import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runFile } from '../support/command.ts';
import { type Core, type Cores, startCores } from '../support/cores.ts';
import { signUp } from '../support/person.ts';
import { hasPostgres, type Postgres, startPostgres } from '../support/postgres.ts';

describe.runIf(hasPostgres)('commands with DATABASE_URL', () => {
  let postgres: Postgres;
  let cores: Cores;
  let [a, b] = [] as unknown as [Core, Core];
  let databaseUrl: string;
  const run = (core: Core, name: string, ...args: string[]) =>
    runFile(name, args, { DATA_DIR: core.dataDir, KEYS_DIR: cores.keysDir, DATABASE_URL: databaseUrl });

  beforeAll(async () => {
    postgres = await startPostgres();
    databaseUrl = await postgres.newDatabase();
    cores = await startCores(databaseUrl);
    const env = { REGISTRATION: 'invite' };
    [a, b] = [await cores.start(env), await cores.start(env)];
  });
  afterAll(async () => {
    await cores?.stop();
    await postgres?.stop();
  });

  it('an invitation that is made where one core runs lets a person in at another', async () => {
    const { code, output } = await run(a, 'invite');
    expect([code, output]).toEqual([0, expect.stringContaining('#/invite/')]);
    const invite = /#\/invite\/([\w-]+)/.exec(output)?.[1];
    const ani = await signUp(b.url, 'ani', invite);
    expect((await ani.get('/sync')).status).toBe(200);
    expect((await run(a, 'people')).output).toContain('ani');
  });

  it('a command that works on the files of LowDB refuses, and makes no database', async () => {
    for (const name of ['backup', 'verify', 'export', 'repair']) {
      const { code, output } = await run(a, name, 'x');
      expect([name, code, output.includes(`DATABASE_URL is set, and ${name} works on the files`)]).toEqual([
        name,
        1,
        true,
      ]);
    }
  });

  it('where no core runs a command says so', async () => {
    const away = { ...a, dataDir: `${a.dataDir}-none` };
    const { code, output } = await run(away, 'people');
    expect([code, output]).toEqual([
      1,
      expect.stringContaining('start it, or call the command where one runs'),
    ]);
  });
});
