/**
 * Plain copying of one file through one extra HTTP hop: a PUT sends its part to the echo server and stores the answer
 * durably at its offset; a GET reads the file in parts of the same size, each through the echo server.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { Agent, request as call, createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { listen } from './listen.ts';

const PART_BYTES = 256 * 1024;
const agent = new Agent({ keepAlive: true, maxSockets: 2 });
const port = Number(process.env.ECHO_PORT);
const path = process.env.FILE ?? '';

function hop(bytes: Buffer): Promise<Buffer> {
  return new Promise((done, fail) => {
    const headers = { 'Content-Length': bytes.length };
    const sent = call({ agent, port, host: '127.0.0.1', method: 'POST', headers }, (answer) => {
      buffer(answer).then(done, fail);
    });
    sent.on('error', fail).end(bytes);
  });
}

async function using<T>(flags: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, flags);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

listen(
  createServer(async (request, response) => {
    if (request.method === 'PUT') {
      const offset = Number(new URL(request.url ?? '', 'http://x').searchParams.get('offset'));
      const bytes = await hop(await buffer(request));
      await using(offset === 0 ? 'w' : 'r+', async (file) => {
        await file.write(bytes, 0, bytes.length, offset);
        await file.datasync();
      });
      response.writeHead(200).end('{}');
      return;
    }
    await using('r', async (file) => {
      const { size } = await file.stat();
      response.writeHead(200, { 'Content-Length': size });
      for (let offset = 0; offset < size; offset += PART_BYTES) {
        const part = Buffer.alloc(Math.min(PART_BYTES, size - offset));
        await file.read(part, 0, part.length, offset);
        if (!response.write(await hop(part))) await new Promise((drained) => response.once('drain', drained));
      }
      response.end();
    });
  }),
);
