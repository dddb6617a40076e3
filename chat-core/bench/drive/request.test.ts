import { expect, it } from 'vitest';
import { pollText, prepare, sendText } from './request.ts';

const ANI = { id: 'ani', token: 'to.k.en', conversationId: 'home' };

it('a message has another id each time it is sent, and the bytes sent before stay unchanged', () => {
  const next = prepare(sendText(ANI, 'halo'));
  const [one, two] = [next(), next()];
  expect(one.id).not.toBe(two.id);
  for (const { bytes, id } of [one, two]) {
    const [head = '', body = ''] = bytes.toString().split('\r\n\r\n');
    expect(JSON.parse(body)).toMatchObject({ clientMessageId: id, message: 'halo', senderId: 'ani' });
    expect(head).toContain(`Content-Length: ${body.length}`);
    expect(head).toContain('Authorization: Bearer to.k.en');
  }
});

it('a poll has its cursor in a header, and its URL stays the same', () => {
  expect(pollText('t', 'epoch.7.0', 25)).toBe(
    'GET /sync?wait=25 HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer t\r\nLast-Event-ID: epoch.7.0\r\n\r\n',
  );
  expect(pollText('t', undefined)).not.toContain('Last-Event-ID');
});
