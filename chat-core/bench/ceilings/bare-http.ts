/** node:http and nothing else: every request is answered 204. */
import { createServer } from 'node:http';
import { listen } from './listen.ts';

listen(
  createServer((_request, response) => {
    response.writeHead(204).end();
  }),
);
