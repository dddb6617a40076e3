import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { createHostCheck } from './host-check.ts';

const check = createHostCheck({
  publicUrl: 'https://chat.example.org',
  allowedHosts: ['kotak.example.net'],
  isTrusted: (peer) => peer === '172.31.243.2',
});
const verdict = (host: string | undefined, url = '/', remoteAddress = '192.168.1.7') =>
  check({ url, headers: { host }, socket: { remoteAddress } } as unknown as IncomingMessage);

it.each([
  '127.0.0.1:8080',
  '192.168.1.20:8080',
  '[::1]:8080',
  '[fd00::7]',
  'localhost:8080',
  'LocalHost',
  'chat-core:8080',
  'kotak',
  'kotak.local:8080',
  'kotak.lan',
  'four-random-words.trycloudflare.com',
  'chat.example.org',
  'CHAT.example.org:443',
  'chat.example.org.',
  'kotak.example.net:8080',
  undefined,
])('a request to %s is for this box', (host) => {
  expect([verdict(host), verdict(host)]).toEqual(['accepted', 'accepted']);
});

it.each([
  'evil.example',
  'evil.example:8080',
  'chat.example.org.evil.example',
  'evil-chat.example.org',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  'trycloudflare.com.evil.example',
])('a request to %s is not for this box, unless a trusted proxy brings it', (host) => {
  expect(verdict(host)).toBe('unknown');
  expect(verdict(host, '/', '172.31.243.2')).toBe('accepted');
});

it.each([
  ['localhost, evil.example', '/'],
  ['localhost@evil.example', '/'],
  ['local host', '/'],
  ['localhost:80:80', '/'],
  ['', '/'],
  ['localhost', 'http://evil.example/sync'],
  ['localhost', 'evil.example:443'],
  ['localhost', ''],
])('a Host of %j with the target %j is malformed, whoever brings it', (host, url) => {
  expect(verdict(host, url)).toBe('malformed');
  expect(verdict(host, url, '172.31.243.2')).toBe('malformed');
});

it('a target in the absolute form counts when it names the same host', () => {
  expect(verdict('localhost:8080', 'http://localhost:8080/sync')).toBe('accepted');
  expect(verdict('evil.example', 'http://evil.example/sync')).toBe('unknown');
  expect(verdict('localhost', '*')).toBe('accepted');
});
