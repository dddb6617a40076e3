/** The cipher of the original, reduced to AES-256-GCM: one text a call, over plain HTTP. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { listen } from './listen.ts';

const NONCE = 12;
const TAG = 16;
/** Fixed, so that messages sealed before this process started can be opened. */
const KEY = Buffer.alloc(32, 7);

const verbs: Record<string, (text: string) => string> = {
  '/encrypt': (text) => {
    const nonce = randomBytes(NONCE);
    const cipher = createCipheriv('aes-256-gcm', KEY, nonce);
    return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString(
      'base64',
    );
  },
  '/decrypt': (text) => {
    const bytes = Buffer.from(text, 'base64');
    const opener = createDecipheriv('aes-256-gcm', KEY, bytes.subarray(0, NONCE), { authTagLength: TAG });
    opener.setAuthTag(bytes.subarray(-TAG));
    return opener.update(bytes.subarray(NONCE, -TAG), undefined, 'utf8') + opener.final('utf8');
  },
};

listen(
  createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const result = verbs[request.url ?? '']?.((JSON.parse(body) as { text: string }).text);
    const answer = JSON.stringify({ result });
    response
      .writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(answer) })
      .end(answer);
  }),
);
