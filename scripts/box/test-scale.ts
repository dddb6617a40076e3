/**
 * `npm run test:box-scale`: starts docker-compose.scale.yml and kills one part after the other while two people chat. Root on
 * Debian or a Docker engine; where no registry is reached, stand-ins from Debian's packages take the place of its images.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './box.ts';
import { checkScale } from './check-scale.ts';
import { startEngine } from './engine.ts';
import { openReport } from './harness.ts';
import { openScaleBox, type ScaleBox } from './scale-box.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bisik-scale-'));
const report = openReport((text) => process.stdout.write(text));
const engine = await startEngine(folder);
process.stdout.write(`${engine.about}\n`);
let box: ScaleBox | undefined;
const end = async () => {
  await box?.remove().catch(() => {});
  await engine.stop();
  rmSync(folder, { recursive: true, force: true });
  const { passed, failed } = report.result();
  process.stdout.write(`${passed} passed, ${failed.length} failed\n`);
  process.exit(failed.length === 0 && passed > 0 ? 0 : 1);
};
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, end);
await report
  .section('Several cores in Docker', async (section) => {
    box = await openScaleBox(root, folder, await freePort());
    await checkScale(box, section);
  })
  .catch(() => {});
await end();
