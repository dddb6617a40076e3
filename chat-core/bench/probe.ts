/** Loaded into chat-core by --import: answers, over the IPC channel, the longest stall of its event loop and its memory. */
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
process.on('message', (message: { type?: string }) => {
  if (message.type !== 'probe') return;
  const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;
  process.send?.({ type: 'probe', stallMs: delay.max / 1e6, rssMiB: rss });
  delay.reset();
});
