import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { signalProcess } from './signal-process.ts';
import { type Supervised, supervise } from './supervise.ts';

/** A service that records each start, sends that it is ready and then that it is alive; SIGUSR2 stalls its event loop. */
const SERVICE = `import { appendFileSync } from 'node:fs';
process.on('SIGUSR2', () => { for (;;); });
process.send({ type: 'ready', port: 1 });
setInterval(() => process.send({ type: 'alive' }), 20);
appendFileSync(process.argv[1] + '.starts', process.pid + '\\n');`;

let folder: string;
let file: string;
let service: Supervised | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bisik-supervise-'));
  file = join(folder, 'service.mjs');
  writeFileSync(file, SERVICE);
});
afterEach(async () => {
  await service?.stop();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** The process ids of the starts so far; a line that is still being written is none yet. */
const starts = () =>
  [...readFileSync(`${file}.starts`, 'utf8').matchAll(/^(\d+)\n/gm)].map(([, pid]) => Number(pid));
const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it.each([
  ['is stopped', 'SIGSTOP'],
  ['stalls its event loop', 'SIGUSR2'],
] as const)(
  'a service that %s is killed and started again, although it never ends by itself',
  async (_, signal) => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => {});
    service = supervise('service', file, {
      env: () => process.env,
      silence: { checkMs: 100, maxChecks: 20 },
    });
    await service.ready;
    const [hung = Number.NaN] = await vi.waitFor(() => {
      expect(starts()).toHaveLength(1);
      return starts();
    });
    signalProcess(hung, signal);
    await vi.waitFor(() => expect(starts()).toHaveLength(2), { timeout: 60_000 });
    expect(isAlive(hung)).toBe(false);
    expect(said.mock.calls.flat().join('\n')).toMatch(
      /service hangs: it is ended\.\nservice ended \(SIGKILL\); starting/,
    );
  },
);

it('a service that sends nothing before it is ready is not killed while it starts', async () => {
  writeFileSync(file, `setTimeout(() => process.send({ type: 'ready', port: 7 }), 500);`);
  service = supervise('service', file, { env: () => process.env, silence: { checkMs: 10, maxChecks: 1 } });
  expect((await service.ready).port).toBe(7);
});
