/** Answers every request with the bytes of its body: the hop of plain copying. */
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { listen } from './listen.ts';

listen(
  createServer(async (request, response) => {
    const bytes = await buffer(request);
    response.writeHead(200, { 'Content-Length': bytes.length }).end(bytes);
  }),
);
