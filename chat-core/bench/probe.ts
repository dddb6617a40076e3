/**
 * Loaded into chat-core by --import: answers, over the IPC channel, the longest stall of its event loop, its memory,
 * and how many bytes its storage wrote since the start, by kind of file.
 */
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { realDisk } from '../src/storage/lowdb/disk/disk.ts';

export type Written = { [kind: string]: { files: number; bytes: number } };

const written: Written = {};
const { open } = realDisk;
realDisk.open = async (path, mode) => {
  const kind = /(journal|messages|users|conversations)\//.exec(path)?.[1] ?? 'meta';
  const counted = mode === 'create' && kind === 'journal' ? 'new journal files' : kind;
  written[counted] ??= { files: 0, bytes: 0 };
  const count = written[counted];
  count.files += 1;
  const file = await open(path, mode);
  return {
    sync: () => file.sync(),
    close: () => file.close(),
    write: (bytes, position) => {
      count.bytes += bytes.length;
      return file.write(bytes, position);
    },
  };
};

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
process.on('message', (message: { type?: string }) => {
  if (message.type !== 'probe') return;
  const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;
  process.send?.({ type: 'probe', stallMs: delay.max / 1e6, rssMiB: rss, written });
  delay.reset();
});
