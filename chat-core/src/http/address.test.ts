import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { networkOf, openAddresses } from './address.ts';

const from = (remoteAddress: string, headers: Record<string, string> = {}) =>
  ({ socket: { remoteAddress }, headers }) as unknown as IncomingMessage;

describe('the client’s address', () => {
  const named = { 'cf-connecting-ip': '203.0.113.9', 'x-forwarded-for': '198.51.100.1' };

  it('is the socket’s peer, whatever it claims to be', () => {
    const addressOf = openAddresses([]);
    expect(addressOf(from('127.0.0.1', named))).toBe('127.0.0.1');
    expect(addressOf(from('::ffff:192.168.1.5', named))).toBe('192.168.1.5');
  });

  it('is what a trusted proxy says, and only such a one', () => {
    const addressOf = openAddresses(['172.30.0.2/32', 'fd00::/8']);
    expect(addressOf(from('172.30.0.2', named))).toBe('203.0.113.9');
    expect(addressOf(from('::ffff:172.30.0.2', named))).toBe('203.0.113.9');
    expect(addressOf(from('fd00::7', named))).toBe('203.0.113.9');
    expect(addressOf(from('172.30.0.1', named))).toBe('172.30.0.1');
    expect(addressOf(from('172.30.0.2', { 'cf-connecting-ip': 'x, y' }))).toBe('172.30.0.2');
    expect(addressOf(from('172.30.0.2', { 'x-forwarded-for': '198.51.100.1' }))).toBe('172.30.0.2');
  });

  it('is counted by /64 in IPv6', () => {
    expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2');
    expect(networkOf('2001:DB8:1:2::1')).toBe('2001:db8:1:2');
    expect(networkOf('2001:db8::1')).toBe('2001:db8:0:0');
    expect(networkOf('::1')).toBe('0:0:0:0');
    expect(networkOf('203.0.113.9')).toBe('203.0.113.9');
  });
});
