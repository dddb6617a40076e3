import { randomBytes } from 'node:crypto';
import type { Sender } from '../ask.ts';
import { cancel, upload } from '../files/transfer.ts';

/** Each of these people uploads a file of this size, cancels it, and begins again. */
export type UploadOrder = { kind: 'upload'; port: number; senders: Sender[]; size: number; ms: number };

/** Uploads for this time, and then ends the files that are under way; returns the bytes and the time that all took. */
export async function uploadAgain({
  port,
  senders,
  size,
  ms,
}: UploadOrder): Promise<{ bytes: number; ms: number }> {
  const content = randomBytes(size);
  const started = performance.now();
  let bytes = 0;
  const one = async (sender: Sender) => {
    while (performance.now() - started < ms) {
      await cancel(port, sender, await upload(port, sender, content));
      bytes += size;
    }
  };
  await Promise.all(senders.map(one));
  return { bytes, ms: performance.now() - started };
}
