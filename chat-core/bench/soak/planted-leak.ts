/** Loaded into a service by --import: a leak that a soak must notice. Each request leaves 64 KiB and an open file. */
import { subscribe } from 'node:diagnostics_channel';
import { openSync } from 'node:fs';

const KEPT_BYTES = 64 * 1024;
const kept: Buffer[] = [];

subscribe('http.server.request.start', () => {
  kept.push(Buffer.alloc(KEPT_BYTES, 1));
  openSync('/dev/null', 'r');
});
