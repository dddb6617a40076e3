import type { Driver } from '../drive/driver.ts';
import { TEXT } from '../fill.ts';
import type { Pace } from '../options.ts';
import { prosodyMissing, startProsody } from '../peers/prosody.ts';
import { addFigure, median, number } from '../report.ts';
import { addRatio, interleave } from '../rounds.ts';
import type { Testbed } from '../testbed.ts';
import { pairsOf } from '../testbed.ts';

const IN_FLIGHT = 16;
const RAMP_MS = 500;
const FIGURE = 'delivered messages a second, 16 in flight, held polls';

/** Messages stored and delivered: chat-core against Prosody with an archive in files and in SQLite. */
export async function benchAgainstProsody(
  testbed: Testbed,
  driver: Driver,
  { rounds, ms, warmUpMs }: Pace,
): Promise<void> {
  const missing = prosodyMissing();
  const core = await testbed.startCore();
  const peers = missing
    ? []
    : [
        await startProsody(testbed.folder, 'internal', 2 * IN_FLIGHT),
        await startProsody(testbed.folder, 'sql', 2 * IN_FLIGHT),
      ];
  try {
    const common = { text: TEXT, warmUpMs: RAMP_MS };
    const ours = async (time: number) => {
      const pairs = await pairsOf(core.port, testbed.people, IN_FLIGHT);
      return driver.run({ kind: 'deliver', port: core.port, pairs, ...common, ms: time });
    };
    const theirs = (peer: number, time: number) =>
      driver.run({ kind: 'xmpp', port: peers[peer]?.port ?? 0, pairs: IN_FLIGHT, ...common, ms: time });

    const warm = await ours(warmUpMs);
    if (warm.polled.notHeld > 0)
      console.log(`!!! ${warm.polled.notHeld} of ${warm.polled.polls} polls were not held`);
    for (const peer of peers.keys()) await theirs(peer, warmUpMs);
    const results = await interleave(rounds, {
      ours: () => ours(ms),
      ...(peers.length > 0 && { files: () => theirs(0, ms), sqlite: () => theirs(1, ms) }),
    } as Record<'ours' | 'files' | 'sqlite', () => ReturnType<typeof ours>>);

    for (const [name, rows] of Object.entries(results)) {
      const of = (key: 'perSecond' | 'p50' | 'p99') => number(median(rows.map((row) => row[key])), 1);
      console.log(`  - ${name}: ${of('perSecond')}/s delivered, p50 ${of('p50')} ms, p99 ${of('p99')} ms`);
    }
    const ratesOf = (rows: { perSecond: number }[]) => rows.map(({ perSecond }) => perSecond);
    for (const [peer, name, goal] of [
      ['files', 'Prosody with its file archive, never synced', '≥ 1.2'],
      ['sqlite', 'Prosody with its SQLite archive, synced', '≥ 10'],
    ] as const) {
      const figure = `${FIGURE} ÷ ${name}`;
      const rates = ratesOf(results.ours);
      if (missing)
        addFigure(figure, `!!! not measured: ${missing}; ours ${number(median(rates))}/s`, goal, undefined);
      else addRatio(figure, { ours: rates, theirs: ratesOf(results[peer]), unit: '/s' }, goal);
    }
  } finally {
    for (const peer of peers) await peer.stop();
    await core.stop();
  }
}
