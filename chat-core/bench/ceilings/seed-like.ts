/**
 * The core as the seed built it: one LowDB file, read and rewritten for each message, one call to the cipher for each
 * message sent and for each message of a history each time it is polled. Configured by FILE and SEALING_PORT.
 */
import { randomUUID } from 'node:crypto';
import { Agent, createServer, request as httpRequest } from 'node:http';
import express from 'express';
import { Low } from 'lowdb';
import { JSONFile } from 'lowdb/node';
import { listen } from './listen.ts';

type Chat = { id: string; senderId: string; receiverId: string; content: string; timestamp: number };

// A connection for each call, as the original's client was seen to make (bench.md, conclusion 3).
const agent = new Agent({ keepAlive: false });

function callCipher(path: string, text: string): Promise<string> {
  return new Promise((done, fail) => {
    const sent = httpRequest(
      {
        agent,
        host: '127.0.0.1',
        port: process.env.SEALING_PORT,
        path,
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
      },
      async (answer) => {
        let body = '';
        for await (const chunk of answer) body += chunk;
        done((JSON.parse(body) as { result: string }).result);
      },
    );
    sent.on('error', fail);
    sent.end(JSON.stringify({ text }));
  });
}

const db = new Low<{ users: object[]; chats: Chat[] }>(new JSONFile(process.env.FILE ?? ''), {
  users: [],
  chats: [],
});
const app = express();
app.use(express.json());
app.post('/chat/send', async (request, response) => {
  const { senderId, receiverId, message } = request.body as Record<string, string>;
  const content = await callCipher('/encrypt', message ?? '');
  await db.read();
  const chat = { id: randomUUID(), senderId, receiverId, content, timestamp: Date.now() } as Chat;
  db.data.chats.push(chat);
  await db.write();
  response.json({ ...chat, content: message });
});
app.get('/chat/history', async (request, response) => {
  const { myId, friendId } = request.query;
  await db.read();
  const between = db.data.chats.filter(
    ({ senderId, receiverId }) =>
      (senderId === myId && receiverId === friendId) || (senderId === friendId && receiverId === myId),
  );
  response.json(
    await Promise.all(
      between.map(async (chat) => ({ ...chat, content: await callCipher('/decrypt', chat.content) })),
    ),
  );
});
listen(createServer(app));
