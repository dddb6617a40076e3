import { mkdir, open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Writes the settings of a backup into a folder, readable by their owner only. A file that is there and differs gets the
 * ending `.before-restore-<time>`. @returns the paths written
 */
export async function writeSettings(
  folder: string,
  settings: ReadonlyMap<string, Buffer>,
  time = Date.now(),
): Promise<string[]> {
  const stamp = new Date(time).toISOString().replace(/[:.]/g, '-');
  const paths: string[] = [];
  for (const [name, bytes] of settings) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await rename(path, `${path}.before-restore-${stamp}`).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    paths.push(path);
  }
  return paths;
}
