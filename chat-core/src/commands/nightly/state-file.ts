import { join } from 'node:path';
import { z } from 'zod';
import { realDisk } from '../../storage/lowdb/disk/disk.ts';

const FILE = 'state.json';

const State = z.object({
  /** When the last whole backup began, its name and its bytes. Times are epoch milliseconds. */
  lastAt: z.number().optional(),
  lastName: z.string().optional(),
  lastBytes: z.number().optional(),
  rehearsedAt: z.number().optional(),
  rehearsal: z.enum(['ok', 'failed']).optional(),
  /** The newest backup whose rehearsal succeeded: retention never removes it. */
  rehearsedName: z.string().optional(),
  error: z.string().optional(),
  /** Attempts that failed in a row, and when the last one began. */
  failures: z.number().default(0),
  lastAttemptAt: z.number().optional(),
  /** The folder of the last backup, when it was on another disk than the data. */
  ownDisk: z.string().optional(),
  /** Set while an attempt runs: found at a start, it was interrupted. */
  running: z.boolean().optional(),
});

/** What the process of nightly backups remembers between its runs. */
export type NightlyState = z.output<typeof State>;

/** The state in a folder. A damaged one counts as none: the next backup writes it anew. */
export async function readState(scratchDir: string): Promise<NightlyState> {
  try {
    return State.parse(JSON.parse(String(await realDisk.read(join(scratchDir, FILE)))));
  } catch {
    return { failures: 0 };
  }
}

/** Writes the state durably. */
export async function writeState(scratchDir: string, state: NightlyState): Promise<void> {
  const path = join(scratchDir, FILE);
  await realDisk.makeFolder(scratchDir);
  const file = await realDisk.open(`${path}.tmp`, 'create');
  try {
    await file.write(Buffer.from(JSON.stringify(state)), 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await realDisk.rename(`${path}.tmp`, path);
  await realDisk.syncFolder(scratchDir);
}
