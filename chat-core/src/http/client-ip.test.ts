import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createClientIpOf, networkOf } from './client-ip.ts';

const from = (remoteAddress: string, headers: Record<string, string> = {}) =>
  ({ socket: { remoteAddress }, headers }) as unknown as IncomingMessage;

describe('client-ip', () => {
  const named = { 'cf-connecting-ip': '203.0.113.9', 'x-forwarded-for': '198.51.100.1' };

  it('the client of an untrusted peer is the peer, whatever its headers say', () => {
    const clientIpOf = createClientIpOf({ trustedProxies: [] });
    expect(clientIpOf(from('127.0.0.1', named))).toBe('127.0.0.1');
    expect(clientIpOf(from('::ffff:192.168.1.5', named))).toBe('192.168.1.5');
  });

  it('a trusted proxy is believed, in the one header that is configured', () => {
    const clientIpOf = createClientIpOf({
      trustedProxies: [
        { network: '172.30.0.2/32', header: 'CF-Connecting-IP' },
        { network: 'fd00::/8', header: 'CF-Connecting-IP' },
      ],
    });
    expect(clientIpOf(from('172.30.0.2', named))).toBe('203.0.113.9');
    expect(clientIpOf(from('::ffff:172.30.0.2', named))).toBe('203.0.113.9');
    expect(clientIpOf(from('fd00::7', named))).toBe('203.0.113.9');
    expect(clientIpOf(from('172.30.0.1', named))).toBe('172.30.0.1');
    expect(clientIpOf(from('172.30.0.2', { 'cf-connecting-ip': 'x, y' }))).toBe('172.30.0.2');
    expect(clientIpOf(from('172.30.0.2', { 'x-forwarded-for': '198.51.100.1' }))).toBe('172.30.0.2');
  });

  it('the client is the last address in X-Forwarded-For that is no trusted proxy', () => {
    const clientIpOf = createClientIpOf({
      trustedProxies: [
        { network: '127.0.0.1/32', header: 'X-Forwarded-For' },
        { network: '10.0.0.0/8', header: 'X-Forwarded-For' },
      ],
    });
    const of = (value: string, peer = '127.0.0.1') =>
      clientIpOf(from(peer, { 'x-forwarded-for': value, 'cf-connecting-ip': '192.0.2.66' }));
    expect(of('203.0.113.9')).toBe('203.0.113.9');
    // The proxy appends its peer after the addresses that the client sent.
    expect(of('192.0.2.1, 203.0.113.9')).toBe('203.0.113.9');
    expect(of('192.0.2.1,203.0.113.9, 10.1.2.3')).toBe('203.0.113.9');
    expect(of('2001:db8::7')).toBe('2001:db8::7');
    expect(of('::ffff:203.0.113.9')).toBe('203.0.113.9');
    for (const odd of ['', 'unknown', '192.0.2.1, garbage', '203.0.113.9:4711', '10.1.2.3'])
      expect([odd, of(odd)]).toEqual([odd, '127.0.0.1']);
    expect(of('203.0.113.9', '198.51.100.7')).toBe('198.51.100.7');
  });

  it('the client is the last address in Forwarded that is no trusted proxy, and a hidden one is no client', () => {
    const clientIpOf = createClientIpOf({
      trustedProxies: [{ network: '10.0.0.0/8', header: 'Forwarded' }],
    });
    const of = (forwarded: string) =>
      clientIpOf(from('10.0.0.1', { forwarded, 'x-forwarded-for': '192.0.2.66' }));
    expect(of('for=203.0.113.9;proto=https')).toBe('203.0.113.9');
    expect(of('for=192.0.2.1, for="203.0.113.9:4711", for=10.0.0.2')).toBe('203.0.113.9');
    expect(of('for="[2001:db8::7]"')).toBe('2001:db8::7');
    for (const odd of [
      '',
      'for=192.0.2.1, for=unknown',
      'for=192.0.2.1, for=_secret',
      'for="192.0.2.1',
      'for=10.0.0.3',
    ])
      expect([odd, of(odd)]).toEqual([odd, '10.0.0.1']);
  });

  it('each proxy is believed in its own header: the other one is as the client wrote it', () => {
    const clientIpOf = createClientIpOf({
      trustedProxies: [
        { network: '172.31.243.2/32', header: 'CF-Connecting-IP' },
        { network: '172.31.243.0/28', header: 'X-Forwarded-For' },
      ],
    });
    expect(clientIpOf(from('172.31.243.2', named))).toBe('203.0.113.9');
    expect(clientIpOf(from('172.31.243.1', named))).toBe('198.51.100.1');
    // The tunnel behind a proxy of one's own: the tunnel's address is a trusted one in the list.
    const hops = { 'x-forwarded-for': '192.0.2.1, 203.0.113.9, 172.31.243.2' };
    expect(clientIpOf(from('172.31.243.1', hops))).toBe('203.0.113.9');
  });

  it('a list in CF-Connecting-IP is ignored, and so is a header that is not configured', () => {
    const clientIpOf = createClientIpOf({
      trustedProxies: [{ network: '127.0.0.1/32', header: 'CF-Connecting-IP' }],
    });
    expect(clientIpOf(from('127.0.0.1', { 'cf-connecting-ip': '192.0.2.1, 203.0.113.9' }))).toBe('127.0.0.1');
    expect(clientIpOf(from('127.0.0.1', { 'x-forwarded-for': '203.0.113.9' }))).toBe('127.0.0.1');
  });

  it('an untrusted proxy, and a trusted one that names no client, are warned about once each', () => {
    const warnings: string[] = [];
    const create = (trustedProxies: string[]) =>
      createClientIpOf({
        trustedProxies: trustedProxies.map((network) => ({ network, header: 'X-Forwarded-For' })),
        warn: (message) => warnings.push(message),
      });
    const untrusted = create([]);
    const ask = (peer: string, client?: string) =>
      untrusted(from(peer, client === undefined ? {} : { 'x-forwarded-for': client }));
    ask('127.0.0.1');
    ask('203.0.113.1', '1.1.1.1');
    ask('203.0.113.1', '1.1.1.2');
    for (let n = 0; n < 3; n++) ask('127.0.0.1', '1.1.1.1');
    expect(warnings).toEqual([]);
    for (let n = 0; n < 3; n++) ask('127.0.0.1', `1.1.2.${n}`);
    expect(warnings).toEqual([expect.stringContaining('not in TRUSTED_PROXIES')]);
    const silent = create(['127.0.0.1/32']);
    silent(from('127.0.0.1', { 'x-forwarded-for': '203.0.113.9' }));
    for (let n = 0; n < 3; n++) silent(from('127.0.0.1'));
    expect(warnings.slice(1)).toEqual([expect.stringContaining('set CLIENT_IP_HEADER')]);
  });

  it('IPv6 addresses of one /56 count as one network, and each IPv4 address as its own', () => {
    for (const address of ['2001:db8:1:200::1', '2001:DB8:1:2ff:3:4:5:6', '2001:0db8:0001:0234::%eth0'])
      expect([address, networkOf(address)]).toEqual([address, '2001:db8:1:0200']);
    expect(networkOf('2001:db8:1:300::1')).toBe('2001:db8:1:0300');
    expect(networkOf('2001:db8:1:2::1')).toBe('2001:db8:1:0000');
    expect(networkOf('2001:db8::1')).toBe('2001:db8:0:0000');
    expect(networkOf('::1')).toBe('0:0:0:0000');
    expect(networkOf('1:2:3:4:5:6:192.0.2.1')).toBe('1:2:3:0000');
    for (const address of ['203.0.113.9', '::ffff:203.0.113.9'])
      expect(networkOf(address)).toBe('203.0.113.9');
    expect(networkOf('')).toBe('');
  });
});
