/** `npm run bench -- <name>`: prints one table. Load goes to this machine alone, and everything started is stopped. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { benchBackups } from './backups.ts';
import { benchBefore } from './before.ts';
import { benchFiles } from './files/bench-files.ts';
import { benchGroups } from './groups/bench-groups.ts';
import { benchImports } from './imports.ts';
import { benchLoad } from './load/bench-load.ts';
import type { BenchOptions } from './options.ts';
import { benchReactions } from './reactions.ts';
import { describeMachine, printTable } from './report.ts';
import { benchScale } from './scale/bench-scale.ts';
import { benchSearch } from './search.ts';
import { benchSend } from './send/bench-send.ts';
import { benchStorage } from './storage.ts';
import { benchSync } from './sync/bench-sync.ts';

const PAGE_BENCH = fileURLToPath(new URL('../../chat-frontend/bench/main.ts', import.meta.url));
const BENCHES: Record<string, (options: BenchOptions) => Promise<void>> = {
  storage: benchStorage,
  sync: benchSync,
  send: benchSend,
  load: benchLoad,
  groups: benchGroups,
  reactions: benchReactions,
  files: benchFiles,
  import: benchImports,
  page: benchPage,
  before: benchBefore,
  backups: benchBackups,
  search: benchSearch,
  scale: benchScale,
};
const HELP = `npm run bench -- storage | sync | send | load | groups | reactions | files | import | search | page | before | backups | scale
                     [--quick] [--only PART] [--profile] [--folder DIR] [--before DIR]

  storage   what a long history costs                       parts: compare, concurrent, page, device, idle
  sync      the one poll, against bare servers              parts: memory, idle, live
  send      a message, against bare servers and peers       parts: seed, echo, prosody
  load      thousands of people, too many, one that abuses     parts: crowd, overload, abuse, logins
  groups    a busy group, and a server with many            parts: live, footprint
  reactions  a reaction, against a message in the same run
  files     a file of 25 MB up and down         parts: memory, sends, copying, device
  import    50,000 messages of another app, and sends meanwhile
  search    a rare word in a long history, sends meanwhile, and memory   parts: hits, memory
  page      the page in a slow browser on a slow line   parts: loads, rendering, shifts, hidden
  backups   a nightly backup of 200,000 messages, its rehearsal, a restore, and sends meanwhile
  scale     one core on PostgreSQL against LowDB, two cores, from one core to the other, and files in a bucket   parts: sends, cores, delivered, bucket
  before    sends and polls against another commit's         parts: sends, alone, polls

  --quick    a fraction of the messages and seconds: to see that it runs, not to measure
  --only     one part of it
  --profile  sync, send and scale: instead of measuring, where the core's time goes, by its ten hottest functions
  --before   a checkout of that commit with its node_modules
  --folder   where the databases are made (default: the temporary folder); they are removed afterwards`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    folder: { type: 'string' },
    before: { type: 'string' },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const bench = BENCHES[positionals[0] ?? ''];
if (values.help || !bench) {
  console.log(HELP);
  process.exit(values.help ? 0 : 1);
}
const origin = `\`npm run bench -- ${process.argv.slice(2).join(' ')}\` on ${describeMachine()}`;
console.log(origin);
const { quick, profile, folder, only, before } = values;
await bench({ quick, profile, folder, only, before });
printTable(origin);

/** Measures the page in a browser, in a process that prints a table of its own. */
export async function benchPage({ quick, folder, only }: BenchOptions): Promise<void> {
  const args = [
    ...(quick ? ['--quick'] : []),
    ...(only === undefined ? [] : ['--only', only]),
    ...(folder === undefined ? [] : ['--folder', folder]),
  ];
  const [code] = await once(spawn(process.execPath, [PAGE_BENCH, ...args], { stdio: 'inherit' }), 'exit');
  if (code !== 0) throw new Error('the page could not be measured');
}
