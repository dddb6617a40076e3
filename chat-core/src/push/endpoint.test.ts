import { expect, test } from 'vitest';
import { isPublicAddress } from '../http/outbound.ts';
import { hostOf, isPushEndpoint, pushHosts } from './endpoint.ts';

test.each([
  'https://fcm.googleapis.com/fcm/send/abc:APA91b-x_y',
  'https://updates.push.services.mozilla.com/wpush/v2/gAAAA',
  'https://web.push.apple.com/QGi',
  'https://wns2-par02p.notify.windows.com/w/?token=Bw%3d',
])('%s may be the endpoint of a push service', (address) => {
  expect(isPushEndpoint(address)).toBe(true);
});

test.each([
  'http://fcm.googleapis.com/x',
  'ftp://fcm.googleapis.com/x',
  'HTTPS://fcm.googleapis.com/x',
  'https://fcm.googleapis.com:8443/x',
  'https://user@fcm.googleapis.com/x',
  'https://a:b@fcm.googleapis.com/x',
  'https://fcm.googleapis.com/x#y',
  'https://fcm.googleapis.com/x y',
  'https://fcm.googleapis.com/\u0000',
  'https://fcm.googleapis.com/\nHost: x',
  `https://fcm.googleapis.com/${'x'.repeat(1024)}`,
  'https://localhost/x',
  'https://localhost./x',
  'https://box/x',
  'https://cipher-service/x',
  'https://box.local/x',
  'https://box.LOCAL/x',
  'https://printer.lan/x',
  'https://router.home/x',
  'https://box.home.arpa/x',
  'https://metadata.google.internal/x',
  'https://x.localhost/x',
  'https://example.com./x',
  'https://127.0.0.1/x',
  'https://127.1/x',
  'https://2130706433/x',
  'https://0x7f.0.0.1/x',
  'https://0177.0.0.1/x',
  'https://8.8.8.8/x',
  'https://192.168.1.1/x',
  'https://169.254.169.254/latest/meta-data',
  'https://[::1]/x',
  'https://[::ffff:127.0.0.1]/x',
  'https://[2606:4700::1111]/x',
  'https://127。0。0。1/x',
  'https:///x',
  'https://',
  'javascript:alert(1)',
  '',
])('%s is no endpoint of a push service', (address) => {
  expect(isPushEndpoint(address)).toBe(false);
});

test.each([
  '8.8.8.8',
  '1.1.1.1',
  '172.15.0.1',
  '172.32.0.1',
  '192.167.9.9',
  '2606:4700::1111',
  '2a00:1450::1',
])('%s is a public address', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

test.each([
  '0.0.0.0',
  '10.0.0.1',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.243.2',
  '192.168.1.1',
  '192.0.2.1',
  '198.18.0.1',
  '203.0.113.5',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:10.0.0.1',
  '::ffff:7f00:1',
  '::127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::a00:1',
  '100::1',
  '2001::1',
  '2001:db8::1',
  '2002:7f00:1::',
  'fc00::1',
  'fd12::1',
  'fe80::1',
  'fec0::1',
  'ff02::1',
  'localhost',
  '',
])('%s is not a public address', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

const BROWSERS = [
  'fcm.googleapis.com',
  'updates.push.services.mozilla.com',
  'web.push.apple.com',
  'wns2-par02p.notify.windows.com',
];
const OTHERS = [
  'push.example.org',
  'evil-fcm.googleapis.com',
  'fcm.googleapis.com.example.org',
  'push.apple.com',
  'notify.windows.com.example.org',
  'xpush.apple.com',
];
const both = (host: string, { isAllowed, isKnown }: ReturnType<typeof pushHosts>) => [
  host,
  isAllowed(host),
  isKnown(host),
];

test('every public host may be a push service unless hosts are listed, and those of the browsers are known', () => {
  for (const host of BROWSERS) expect(both(host, pushHosts([]))).toEqual([host, true, true]);
  for (const host of OTHERS) expect(both(host, pushHosts([]))).toEqual([host, true, false]);
});

test('the list “known” allows the push services of the browsers, and no name that resembles them', () => {
  for (const host of BROWSERS) expect(both(host, pushHosts(['known']))).toEqual([host, true, true]);
  for (const host of OTHERS) expect(both(host, pushHosts(['known']))).toEqual([host, false, false]);
});

test('listed hosts are allowed by their exact name, or by a name below one with a star', () => {
  const hosts = pushHosts(['push.example.org', '*.push.example.net']);
  for (const host of ['push.example.org', 'a.push.example.net', 'a.b.push.example.net'])
    expect(both(host, hosts)).toEqual([host, true, true]);
  for (const host of ['a.push.example.org', 'push.example.net', 'fcm.googleapis.com', ''])
    expect(both(host, hosts)).toEqual([host, false, false]);
});

test('the host of an endpoint is its name in lower case, as it is resolved', () => {
  expect(hostOf('https://FCM.googleapis.com/x?y')).toBe('fcm.googleapis.com');
  expect(hostOf('no address')).toBe('');
});
