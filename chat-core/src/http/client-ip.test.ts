import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { networkOf, openAddresses } from './client-ip.ts';

const from = (remoteAddress: string, headers: Record<string, string> = {}) =>
  ({ socket: { remoteAddress }, headers }) as unknown as IncomingMessage;

describe('the client’s address', () => {
  const named = { 'cf-connecting-ip': '203.0.113.9', 'x-forwarded-for': '198.51.100.1' };

  it('is the socket’s peer, whatever it claims to be', () => {
    const addressOf = openAddresses({ trustedProxies: [], clientIpHeader: 'CF-Connecting-IP' });
    expect(addressOf(from('127.0.0.1', named))).toBe('127.0.0.1');
    expect(addressOf(from('::ffff:192.168.1.5', named))).toBe('192.168.1.5');
  });

  it('is what a trusted proxy says, and only such a one', () => {
    const addressOf = openAddresses({
      trustedProxies: ['172.30.0.2/32', 'fd00::/8'],
      clientIpHeader: 'CF-Connecting-IP',
    });
    expect(addressOf(from('172.30.0.2', named))).toBe('203.0.113.9');
    expect(addressOf(from('::ffff:172.30.0.2', named))).toBe('203.0.113.9');
    expect(addressOf(from('fd00::7', named))).toBe('203.0.113.9');
    expect(addressOf(from('172.30.0.1', named))).toBe('172.30.0.1');
    expect(addressOf(from('172.30.0.2', { 'cf-connecting-ip': 'x, y' }))).toBe('172.30.0.2');
    expect(addressOf(from('172.30.0.2', { 'x-forwarded-for': '198.51.100.1' }))).toBe('172.30.0.2');
  });

  it('is the last of X-Forwarded-For that is no trusted proxy, where that is the header that is believed', () => {
    const addressOf = openAddresses({
      trustedProxies: ['127.0.0.1/32', '10.0.0.0/8'],
      clientIpHeader: 'X-Forwarded-For',
    });
    const of = (value: string, peer = '127.0.0.1') =>
      addressOf(from(peer, { 'x-forwarded-for': value, 'cf-connecting-ip': '192.0.2.66' }));
    expect(of('203.0.113.9')).toBe('203.0.113.9');
    // What a client claims stands before what the proxy heard.
    expect(of('192.0.2.1, 203.0.113.9')).toBe('203.0.113.9');
    expect(of('192.0.2.1,203.0.113.9, 10.1.2.3')).toBe('203.0.113.9');
    expect(of('2001:db8::7')).toBe('2001:db8::7');
    expect(of('::ffff:203.0.113.9')).toBe('203.0.113.9');
    for (const odd of ['', 'unknown', '192.0.2.1, garbage', '203.0.113.9:4711', '10.1.2.3'])
      expect([odd, of(odd)]).toEqual([odd, '127.0.0.1']);
    expect(of('203.0.113.9', '198.51.100.7')).toBe('198.51.100.7');
  });

  it('is asked for no list in CF-Connecting-IP, nor for the header that is not believed', () => {
    const addressOf = openAddresses({ trustedProxies: ['127.0.0.1/32'], clientIpHeader: 'CF-Connecting-IP' });
    expect(addressOf(from('127.0.0.1', { 'cf-connecting-ip': '192.0.2.1, 203.0.113.9' }))).toBe('127.0.0.1');
    expect(addressOf(from('127.0.0.1', { 'x-forwarded-for': '203.0.113.9' }))).toBe('127.0.0.1');
  });

  it('that a proxy hides is warned of once: of one that is not trusted, and of one that names nobody', () => {
    const said: string[] = [];
    const open = (trustedProxies: string[]) =>
      openAddresses({
        trustedProxies,
        clientIpHeader: 'X-Forwarded-For',
        warn: (message) => said.push(message),
      });
    const untrusted = open([]);
    const ask = (peer: string, client?: string) =>
      untrusted(from(peer, client === undefined ? {} : { 'x-forwarded-for': client }));
    ask('127.0.0.1');
    ask('203.0.113.1', '1.1.1.1');
    ask('203.0.113.1', '1.1.1.2');
    for (let n = 0; n < 3; n++) ask('127.0.0.1', '1.1.1.1');
    expect(said).toEqual([]);
    for (let n = 0; n < 3; n++) ask('127.0.0.1', `1.1.2.${n}`);
    expect(said).toEqual([expect.stringContaining('not in TRUSTED_PROXIES')]);
    const silent = open(['127.0.0.1/32']);
    silent(from('127.0.0.1', { 'x-forwarded-for': '203.0.113.9' }));
    for (let n = 0; n < 3; n++) silent(from('127.0.0.1'));
    expect(said.slice(1)).toEqual([expect.stringContaining('set CLIENT_IP_HEADER')]);
  });

  it('is counted by /64 in IPv6', () => {
    expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2');
    expect(networkOf('2001:DB8:1:2::1')).toBe('2001:db8:1:2');
    expect(networkOf('2001:db8::1')).toBe('2001:db8:0:0');
    expect(networkOf('::1')).toBe('0:0:0:0');
    expect(networkOf('203.0.113.9')).toBe('203.0.113.9');
  });
});
