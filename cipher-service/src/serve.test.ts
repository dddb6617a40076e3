import { createServer } from 'node:https';
import { expect, test } from 'vitest';
import { serve } from './serve.ts';

test('a connection that cannot be accepted is reported, and the service continues', async () => {
  const server = createServer();
  const troubles: string[] = [];
  const serving = await serve(server, { port: 0, host: '127.0.0.1' }, 0, ({ message }) =>
    troubles.push(message),
  );
  for (const n of [1, 2, 3]) server.emit('error', new Error(`accept ENFILE ${n}`));
  expect(troubles).toEqual([1, 2, 3].map((n) => `accept ENFILE ${n}`));
  expect(server.listening).toBe(true);
  await serving.stop();
});
