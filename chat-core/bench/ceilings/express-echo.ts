/** Express 5 unconfigured, with its JSON parser and one route that echoes the body. */
import { createServer } from 'node:http';
import express from 'express';
import { listen } from './listen.ts';

const app = express();
app.use(express.json());
app.post('/echo', (request, response) => {
  response.json(request.body);
});
listen(createServer(app));
