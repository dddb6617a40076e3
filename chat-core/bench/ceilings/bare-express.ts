/** Express 5 unconfigured, with one route: GET /sync is answered 204. */
import { createServer } from 'node:http';
import express from 'express';
import { listen } from './listen.ts';

const app = express();
app.get('/sync', (_request, response) => {
  response.status(204).end();
});
listen(createServer(app));
