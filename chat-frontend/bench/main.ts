/** `npm run bench -- page`: what the built page costs in a slow browser on a slow network. */
import { parseArgs } from 'node:util';
import { describeMachine, printTable } from '../../chat-core/bench/report.ts';
import { benchHidden } from './hidden.ts';
import { benchLoads } from './loads.ts';
import { benchRendering } from './rendering.ts';
import { benchShifts } from './shifts.ts';
import { openStage } from './stage.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    folder: { type: 'string' },
  },
});
const rounds = values.quick ? 1 : 5;
const wants = (part: string) => values.only === undefined || values.only === part;
const stage = await openStage(values.folder);
try {
  const machine = `${describeMachine()}, Chromium ${stage.browser.version()}`;
  console.log(machine);
  if (wants('loads')) await benchLoads(stage, rounds);
  if (wants('rendering')) await benchRendering(stage, rounds);
  if (wants('shifts')) await benchShifts(stage);
  if (wants('hidden')) await benchHidden(stage, values.quick ? 75_000 : 300_000);
  printTable(`\`npm run bench -- page\` on ${machine}`);
} finally {
  await stage.close();
}
