/** Express 5 as it comes, with its JSON parser and one route that answers what it was sent. */
import { createServer } from 'node:http';
import express from 'express';
import { listen } from './listen.ts';

const app = express();
app.use(express.json());
app.post('/echo', (request, response) => {
  response.json(request.body);
});
listen(createServer(app));
