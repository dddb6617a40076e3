import { randomUUID } from 'node:crypto';
import { ask, closeConnections } from './ask.ts';
import type { BenchOptions } from './options.ts';
import { addFigure, number, pause } from './report.ts';
import { sendMeanwhile } from './send-meanwhile.ts';
import { createTestbed } from './testbed.ts';

const ROWS = 50_000;
const ROWS_A_REQUEST = 200;
const GOAL_S = 60;
const P99_GOAL_MS = 100;
const TEXT = 'Nanti sore kumpul di rumah Nenek ya, jangan lupa bawa payung.';

/** The figures of an import: 50,000 messages of another app as the page sends them, and the sends of others meanwhile. */
export async function benchImports({ quick, folder }: BenchOptions): Promise<void> {
  const count = quick ? 2000 : ROWS;
  const testbed = await createTestbed(folder, {
    users: 100,
    conversations: 50,
    messages: quick ? 1000 : 20_000,
  });
  try {
    const { port } = await testbed.startCore();
    const [importer] = testbed.people;
    if (!importer) throw new Error('the testbed has people');
    const [, alone] = await sendMeanwhile(port, testbed, pause(quick ? 1000 : 15_000));
    const [seconds, times] = await sendMeanwhile(port, testbed, importRows(port, importer.token, count));
    const p99Of = (all: number[]) => all.toSorted((a, b) => a - b)[Math.floor(all.length * 0.99)] ?? 0;
    addFigure(
      `import of ${number(count)} messages`,
      `${number(seconds, 1)} s`,
      `≤ ${GOAL_S} s`,
      seconds <= GOAL_S,
    );
    addFigure('p99 of sends before it, for comparison', `${number(p99Of(alone), 1)} ms`, '–', undefined);
    const p99 = p99Of(times);
    addFigure(
      `p99 of ${number(times.length)} sends meanwhile`,
      `${number(p99, 1)} ms`,
      `≤ ${P99_GOAL_MS} ms`,
      p99 <= P99_GOAL_MS,
    );
  } finally {
    closeConnections();
    await testbed.remove();
  }
}

/** @returns the seconds it took */
async function importRows(port: number, token: string, count: number): Promise<number> {
  const conversationId = randomUUID();
  const post = async (path: string, body: object) => {
    const { status, text } = await ask(`http://127.0.0.1:${port}`, path, token, body);
    if (status !== 200) throw new Error(`${path} was answered ${status}: ${text}`);
  };
  const started = performance.now();
  await post('/imports', { conversationId, source: 'whatsapp', name: 'Keluarga' });
  for (let from = 0; from < count; from += ROWS_A_REQUEST) {
    const rows = Array.from({ length: Math.min(ROWS_A_REQUEST, count - from) }, (_, n) => ({
      at: 1_546_300_800_000 + (from + n) * 60_000,
      name: n % 2 ? 'Pak Budi' : 'Bu Sari',
      text: `${from + n} ${TEXT}`,
    }));
    await post(`/imports/${conversationId}/rows`, { from, rows });
  }
  await post(`/imports/${conversationId}/done`, { rows: count });
  return (performance.now() - started) / 1000;
}
