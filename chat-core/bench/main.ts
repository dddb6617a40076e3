/** `npm run bench -- <name>`: prints one table. Load goes to this machine alone, and everything started is stopped. */
import { parseArgs } from 'node:util';
import { type BenchOptions, benchStorage } from './storage.ts';

const BENCHES: Record<string, (options: BenchOptions) => Promise<void>> = {
  storage: benchStorage,
};
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean' },
    folder: { type: 'string' },
    only: { type: 'string' },
    help: { type: 'boolean' },
  },
});
const bench = BENCHES[positionals[0] ?? ''];
if (values.help || !bench) {
  console.log(`npm run bench -- ${Object.keys(BENCHES).join(' | ')} [--quick] [--only PART] [--folder DIR]

  --quick   a hundredth of the messages and seconds: to see that it runs, not to measure
  --only    one part of it: compare, concurrent, page, device
  --folder  where the databases are made (default: the temporary folder); they are removed afterwards`);
  process.exit(values.help ? 0 : 1);
}
console.log(
  `node ${process.version}, ${process.platform} ${process.arch}, ${new Date().toISOString().slice(0, 10)}`,
);
await bench({ quick: values.quick ?? false, folder: values.folder, only: values.only });
